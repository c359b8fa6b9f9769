import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { Problem, problemKinds } from "../../core/domain/problem.ts";
import { useDatabase } from "../../test/harness/database.ts";
import { expectProblem, type HttpAnswer, send, useFunctions } from "../../test/harness/http.ts";
import { useRedis } from "../../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const functions = useFunctions(() => ({ MYSQL_URL: mysql.url, REDIS_URL: redis.url }));

/** Seen, and kept from the eyes of whoever runs the tests. */
let logged: MockInstance;

beforeEach(async () => {
  logged = vi.spyOn((await import("../settings.ts")).log, "error").mockImplementation(() => {});
});

afterEach(() => logged.mockRestore());

/** What a handler that does this is answered with. */
function answerTo(handle: () => unknown): Promise<HttpAnswer> {
  const handler = functions.httpFunction(async () => {
    handle();
    return { status: 204 };
  });
  return send(handler, { path: "/" });
}

function expectNothingTold(answer: HttpAnswer): void {
  expectProblem(answer, { status: 500, kind: "internal-error" });
  expect(Object.keys(answer.body).toSorted()).toEqual(["detail", "status", "title", "type"]);
  expect(answer.text).not.toMatch(/secret|select|orders`|\.ts|\bat\b.*:\d+|ER_/i);
}

describe("a handler that throws something unexpected", () => {
  it.each([
    { what: "an error", thrown: new TypeError("secret is not a function") },
    { what: "an error with a status of its own", thrown: Object.assign(new Error("secret"), { statusCode: 418 }) },
    { what: "a text", thrown: "secret" },
    { what: "nothing", thrown: undefined },
    { what: "null", thrown: null },
  ])("such as $what is answered with 500 and none of it, which is in the log", async ({ thrown }) => {
    const answer = await answerTo(() => {
      throw thrown;
    });
    expectNothingTold(answer);
    expect(logged.mock.calls).toEqual([[{ err: thrown }, "a request failed"]]);
  });

  it("such as a failing statement is answered with 500 and no SQL", async () => {
    await mysql.database.run(({ connection }) => connection.query("RENAME TABLE orders TO secret_orders"));
    try {
      const body = { item: "Laptop", quantity: 2, price: 1299.99 };
      expectNothingTold(await send(functions.createOrder, { method: "POST", path: "/orders", body }));
      expectNothingTold(await send(functions.listOrders, { path: "/orders" }));
    } finally {
      await mysql.database.run(({ connection }) => connection.query("RENAME TABLE secret_orders TO orders"));
    }
    expect(await redis.redis.exists("orders:queue")).toBe(0);
  });
});

describe("a handler", () => {
  it.each(Object.entries(problemKinds))(
    "that throws the problem %s is answered with it",
    async (kind, { status, title }) => {
      const errors = [{ pointer: "#/price", detail: "expected a number" }];
      const answer = await answerTo(() => {
        throw new Problem(kind as keyof typeof problemKinds, "Something is wrong.", {
          errors,
          headers: { "X-Hint": "yes" },
          cause: new Error("secret"),
        });
      });
      expect(answer.headers).toEqual({ "content-type": "application/problem+json", "x-hint": "yes" });
      expect(answer.body).toEqual({
        ...{ type: `urn:problem:orders:${kind}`, title, status, detail: "Something is wrong.", errors },
      });
    },
  );

  it("without a body answers with none", async () => {
    expect(await answerTo(() => {})).toEqual({ status: 204, headers: {}, text: "", body: undefined });
  });
});
