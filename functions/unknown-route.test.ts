import { describe, expect, inject, it } from "vitest";
import { expectProblem, send, useFunctions } from "../test/harness/http.ts";

// Neither MySQL nor Redis is asked here.
const functions = useFunctions(() => ({
  MYSQL_URL: `${inject("mysqlUrl")}/orders_none`,
  REDIS_URL: inject("redisUrl"),
}));

const ask = (method: string, path: string) => send(functions.unknownRoute, { method, path });

describe("a path that there is not", () => {
  it.each([
    "/index.html",
    "/nothing",
    "/orders/",
    "/orders/1/2",
    "/favicon.ico",
    "/Orders",
    "/orders%2F1",
    "/../etc/passwd",
    "/<script>",
  ])("%s is answered with 404", async (path) => {
    for (const method of ["GET", "POST", "DELETE"]) {
      const answer = await ask(method, path);
      expectProblem(answer, { status: 404, kind: "not-found" });
      expect(answer.headers).not.toHaveProperty("allow");
    }
  });
});

describe("a method that a path does not have", () => {
  it.each([
    ["DELETE", "/orders", "POST, GET"],
    ["PUT", "/orders", "POST, GET"],
    ["PATCH", "/orders", "POST, GET"],
    ["OPTIONS", "/orders", "POST, GET"],
    ["POST", "/orders/019aac53-1234-7000-8000-0123456789ab", "GET"],
    ["DELETE", "/orders/019aac53-1234-7000-8000-0123456789ab", "GET"],
    ["POST", "/health", "GET"],
  ])("%s %s is answered with 405 and those that it has", async (method, path, allowed) => {
    const answer = await ask(method, path);
    expectProblem(answer, { status: 405, kind: "method-not-allowed" });
    expect(answer.headers.allow).toBe(allowed);
    expect(answer.body.detail).toContain(method);
  });
});
