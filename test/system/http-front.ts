import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectProblem, type HttpAnswer } from "../harness/http.ts";
import { rows } from "../harness/orders.ts";
import type { TestSystem } from "../harness/system.ts";

const laptop = { item: "Laptop", quantity: 2, price: 1299.99 };
const json = { "Content-Type": "application/json" };

/** What the HTTP front makes of requests that no handler should have to bear. */
export function testHttpFront(system: TestSystem): void {
  const storedOrders = () => rows(system.database, "SELECT COUNT(*) AS count FROM orders");
  let before: unknown;
  beforeEach(async () => {
    before = await storedOrders();
  });
  afterEach(async () => {
    expect(await storedOrders()).toEqual(before);
  });

  /** Posts a body as it is. Bytes, because to a text fetch would add a content type. */
  function postText(text: string, headers: Record<string, string> = json): Promise<HttpAnswer> {
    return system.request("/orders", { method: "POST", headers, body: Buffer.from(text) });
  }

  describe("POST /orders refuses", () => {
    test.each([
      ["malformed JSON", '{"item": "Laptop"'],
      ["a zero byte", "\u0000"],
      ["an empty body", ""],
    ])("%s", async (_, text) => {
      expectProblem(await postText(text), { status: 400, kind: "malformed-request" });
    });

    test.each([
      ["missing fields", {}, ["#/item", "#/quantity", "#/price"]],
      ["an unknown field", { ...laptop, colour: "red" }, ["#/colour"]],
      ["a price with three decimals", { ...laptop, price: 0.001 }, ["#/price"]],
      ["a list", [laptop], ["#"]],
    ])("%s", async (_, order, pointers) => {
      expectProblem(await system.post(order), { status: 422, kind: "validation-failed", pointers });
    });

    test("a body of 2 MB", async () => {
      const answer = await system.post({ ...laptop, item: "x".repeat(2_000_000) });
      expectProblem(answer, { status: 413, kind: "body-too-large" });
    });

    test.each([
      ["none", {}],
      ["that of a form", { "Content-Type": "application/x-www-form-urlencoded" }],
    ])("a wrong content type: %s", async (_, headers) => {
      const answer = await postText(JSON.stringify(laptop), headers);
      expectProblem(answer, { status: 415, kind: "unsupported-media-type" });
    });
  });

  describe("there is no order", () => {
    test.each([
      ["with an unknown id", "/orders/019aac53-1234-7000-8000-0123456789ab"],
      ["with a malformed id", "/orders/42"],
      ["with a zero byte in its id", "/orders/%00"],
      ["with a broken escape in its id", "/orders/%zz"],
      ["with bytes that are no UTF-8 in its id", "/orders/%ff%fe"],
      ["with an id of 8,000 characters", `/orders/${"a".repeat(8_000)}`],
    ])("%s", async (_, path) => {
      expectProblem(await system.get(path), { status: 404, kind: "order-not-found" });
    });
  });

  test.each([
    ["/order", "/order"],
    ["/orders/1/2/3", "/orders/1/2/3"],
    ["//orders", "//orders"],
    ["/%zz", "/%zz"],
    ["a path of 8,000 characters", `/${"a".repeat(8_000)}`],
  ])("there is nothing at %s", async (_, path) => {
    expectProblem(await system.get(path), { status: 404, kind: "not-found" });
  });

  test.each([
    ["DELETE", "/orders", "POST, GET"],
    ["PATCH", "/orders/019aac53-1234-7000-8000-0123456789ab", "GET"],
    ["POST", "/health", "GET"],
  ])("%s %s is not allowed", async (method, path, allowed) => {
    const answer = await system.request(path, { method });
    expectProblem(answer, { status: 405, kind: "method-not-allowed" });
    expect(answer.headers.allow).toBe(allowed);
  });

  test("HEAD /orders is answered without a body", async () => {
    expect(await system.request("/orders", { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
  });
}
