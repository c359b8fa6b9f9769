import { describe, expect, it } from "vitest";
import { useDatabase } from "../../test/harness/database.ts";
import { expectProblem, type HttpAnswer, send, useFunctions } from "../../test/harness/http.ts";
import { useRedis } from "../../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const functions = useFunctions(() => ({
  MYSQL_URL: mysql.url,
  REDIS_URL: redis.url,
  CORS_ORIGINS: "https://shop.example,http://localhost:8080",
}));

const laptop = { item: "Laptop", quantity: 2, price: 1299.99 };
const allowedOrigin = ({ headers }: HttpAnswer) => headers["access-control-allow-origin"];

const create = (origin: string | undefined, body: object = laptop) =>
  send(functions.createOrder, {
    ...{ method: "POST", path: "/orders", body },
    ...(origin !== undefined && { headers: { Origin: origin } }),
  });

/** What a browser asks before it sends a request from a page of another origin. */
const preflight = (origin: string, path = "/orders") =>
  send(functions.unknownRoute, {
    ...{ method: "OPTIONS", path },
    headers: {
      Origin: origin,
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "content-type,idempotency-key",
    },
  });

describe.each(["https://shop.example", "http://localhost:8080"])("a page of %s, which is allowed,", (origin) => {
  it("may read a good answer, with the headers that tell it something", async () => {
    const answer = await create(origin);
    expect([answer.status, allowedOrigin(answer), answer.headers.vary]).toEqual([201, origin, "Origin"]);
    const exposed = String(answer.headers["access-control-expose-headers"]).split(",");
    expect(exposed).toEqual(expect.arrayContaining(["Location", "Idempotent-Replayed", "ETag", "Retry-After"]));
  });

  it("may read a problem document", async () => {
    const answer = await create(origin, {});
    expectProblem(answer, { status: 422, kind: "validation-failed", pointers: ["#/item", "#/quantity", "#/price"] });
    expect(allowedOrigin(answer)).toBe(origin);
  });

  it("may read that there is nothing, or not by this method", async () => {
    for (const [method, path] of [
      ["GET", "/nothing"],
      ["DELETE", "/orders"],
    ] as const) {
      const answer = await send(functions.unknownRoute, { method, path, headers: { Origin: origin } });
      expect([answer.body.status, allowedOrigin(answer)]).toEqual([answer.status, origin]);
    }
  });

  it("may read a health and an order that it knows already", async () => {
    const { body, headers } = await create(origin);
    expect(headers).toHaveProperty("location");
    const health = await send(functions.health, { path: "/health", headers: { Origin: origin } });
    const known = await send(functions.getOrder, {
      ...{ path: headers.location as string, pathParameters: { id: body.id } },
      headers: { Origin: origin, "If-None-Match": "*" },
    });
    expect([allowedOrigin(health), known.status, allowedOrigin(known)]).toEqual([origin, 304, origin]);
  });

  it("is told what it may send, with 204 and no body", async () => {
    const answer = await preflight(origin);
    expect([answer.status, answer.text, allowedOrigin(answer)]).toEqual([204, "", origin]);
    expect(answer.headers["access-control-allow-methods"]).toBe("GET,POST");
    const headers = String(answer.headers["access-control-allow-headers"]).toLowerCase().split(",");
    expect(headers).toEqual(
      expect.arrayContaining(["authorization", "content-type", "idempotency-key", "if-none-match"]),
    );
    expect(answer.headers["access-control-max-age"]).toBe("600");
  });
});

describe("a page of another origin", () => {
  it.each([
    "https://evil.example",
    "http://shop.example",
    "https://shop.example:8443",
    "https://shop.example.evil.example",
    "https://sub.shop.example",
    "null",
  ])("such as %s may read nothing, and is answered all the same", async (origin) => {
    for (const answer of [await create(origin), await create(origin, {}), await preflight(origin)]) {
      expect(answer.status).toBeLessThan(500);
      expect(allowedOrigin(answer)).toBeUndefined();
      expect(answer.headers.vary).toBe("Origin");
    }
  });
});

it("who is no page is answered as ever", async () => {
  const answer = await create(undefined);
  expect([answer.status, allowedOrigin(answer)]).toEqual([201, undefined]);
});
