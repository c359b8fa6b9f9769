import { describe, expect, it } from "vitest";
import { lockOrders, writeChanges } from "../core/db/changes.ts";
import { type OrderEvent, transition } from "../core/domain/transitions.ts";
import { useDatabase } from "../test/harness/database.ts";
import { expectProblem, send, useFunctions } from "../test/harness/http.ts";
import { useRedis } from "../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const functions = useFunctions(() => ({ MYSQL_URL: mysql.url, REDIS_URL: redis.url }));

const policy = { maxFailures: 5, baseMs: 1_000, capMs: 60_000, random: () => 0 };
const claim: OrderEvent = { type: "claim", workerId: "worker-1", leaseMs: 10_000 };

const read = (id: string) => send(functions.getOrder, { path: `/orders/${id}`, pathParameters: { id } });

async function create(order: object = {}) {
  const body = { item: "Laptop", quantity: 2, price: 1299.99, ...order };
  return (await send(functions.createOrder, { method: "POST", path: "/orders", body })).body;
}

/** Lets these events happen to the order, a second apart from its creation on. */
async function live(order: { id: string; createdAt: string }, events: readonly OrderEvent[]): Promise<void> {
  let at = Date.parse(order.createdAt);
  for (const event of events) {
    at += 1_000;
    await mysql.database.transaction(async (session) => {
      const [locked] = await lockOrders(session, [order.id]);
      if (locked === undefined) throw new Error("there is no such order");
      const result = transition(locked.order, event, new Date(at), policy);
      if ("illegal" in result) throw new Error(result.illegal);
      await writeChanges(session, [{ id: order.id, ...result }]);
    });
  }
}

/** The time some seconds after the order's creation. */
const plus = (order: { createdAt: string }, seconds: number) =>
  new Date(Date.parse(order.createdAt) + seconds * 1_000).toISOString();

describe("a new order", () => {
  it("is answered with its creation as its history", async () => {
    const order = await create();
    const { status, headers, body } = await read(order.id);
    expect([status, headers["content-type"]]).toEqual([200, "application/json"]);
    expect(body).toEqual({ ...order, history: [{ status: "pending", attempt: 0, at: order.createdAt }] });
  });

  it("with a runAt began as scheduled", async () => {
    const order = await create({ runAt: new Date(Date.now() + 3_600_000).toISOString() });
    await live(order, [{ type: "due" }]);
    const { body } = await read(order.id);
    expect([body.status, body.runAt]).toEqual(["pending", order.runAt]);
    expect(body.history).toEqual([
      { status: "scheduled", attempt: 0, at: order.createdAt },
      { status: "pending", attempt: 0, at: plus(order, 1) },
    ]);
  });

  it("is found by its id in upper case too", async () => {
    const order = await create();
    expect((await read(order.id.toUpperCase())).body.id).toBe(order.id);
  });
});

describe("an order's history", () => {
  it("tells every change in the order of happening, with worker and reason where there is one", async () => {
    const order = await create();
    const failure: OrderEvent = { type: "fail", reason: "card declined", retryable: true };
    await live(order, [claim, failure, { type: "due" }, claim, { type: "complete" }]);
    const { body } = await read(order.id);
    expect(body.history).toEqual([
      { status: "pending", attempt: 0, at: order.createdAt },
      { status: "processing", attempt: 1, at: plus(order, 1), worker: "worker-1" },
      { status: "scheduled", attempt: 1, at: plus(order, 2), worker: "worker-1", reason: "card declined" },
      { status: "pending", attempt: 1, at: plus(order, 3) },
      { status: "processing", attempt: 2, at: plus(order, 4), worker: "worker-1" },
      { status: "completed", attempt: 2, at: plus(order, 5), worker: "worker-1" },
    ]);
  });

  it("is another order's no more than its own", async () => {
    const [one, other] = [await create(), await create()];
    await live(other, [claim]);
    expect((await read(one.id)).body.history).toHaveLength(1);
  });
});

describe("an order's fields", () => {
  it("tell of its completion, without the reason of failures that are over", async () => {
    const order = await create();
    const failure: OrderEvent = { type: "fail", reason: "card declined", retryable: true };
    await live(order, [claim, failure]);
    expect((await read(order.id)).body).toMatchObject({ status: "scheduled", attempt: 1, reason: "card declined" });
    await live({ ...order, createdAt: plus(order, 2) }, [{ type: "due" }, claim, { type: "complete" }]);
    const { history, ...body } = (await read(order.id)).body;
    expect(history).toHaveLength(6);
    expect(body).toEqual({
      ...order,
      ...{ status: "completed", attempt: 2, updatedAt: plus(order, 5), completedAt: plus(order, 5) },
    });
  });

  it("tell why it failed", async () => {
    const order = await create();
    await live(order, [claim, { type: "fail", reason: "no such address", retryable: false }]);
    const { body } = await read(order.id);
    expect(body).toMatchObject({ status: "failed", reason: "no such address", updatedAt: plus(order, 2) });
    expect(body).not.toHaveProperty("completedAt");
  });
});

describe("there is no order", () => {
  it.each([
    "019aac53-1234-7000-8000-0123456789ab",
    "00000000-0000-0000-0000-000000000000",
    "1",
    "undefined",
    "019aac53-1234-7000-8000-0123456789a",
    "019aac5312347000800001234567890b",
    "' OR 1=1 --",
    "%00",
    "../health",
    "🧨",
    "x".repeat(1_000),
  ])("with the id %s", async (id) => {
    expectProblem(await read(id), { status: 404, kind: "order-not-found" });
  });

  it("without an id", async () => {
    expectProblem(await send(functions.getOrder, { path: "/orders/" }), { status: 404, kind: "order-not-found" });
  });
});
