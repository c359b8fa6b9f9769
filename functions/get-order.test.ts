import { describe, expect, it } from "vitest";
import type { OrderEvent } from "../core/domain/transitions.ts";
import { useDatabase } from "../test/harness/database.ts";
import { expectProblem, send, useFunctions } from "../test/harness/http.ts";
import { claim, live as happen, lives } from "../test/harness/life.ts";
import { useRedis } from "../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const functions = useFunctions(() => ({ MYSQL_URL: mysql.url, REDIS_URL: redis.url }));

const read = (id: string) => send(functions.getOrder, { path: `/orders/${id}`, pathParameters: { id } });

async function create(order: object = {}) {
  const body = { item: "Laptop", quantity: 2, price: 1299.99, ...order };
  return (await send(functions.createOrder, { method: "POST", path: "/orders", body })).body;
}

/** Lets these events happen to the order, a second apart from its creation on. */
async function live(order: { id: string; createdAt: string }, events: readonly OrderEvent[]): Promise<void> {
  let at = Date.parse(order.createdAt);
  await happen(mysql.database, order.id, events, () => {
    at += 1_000;
    return new Date(at);
  });
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

describe("an order's ETag", () => {
  const known = (id: string, tags: string, name = "If-None-Match") =>
    send(functions.getOrder, { path: `/orders/${id}`, pathParameters: { id }, headers: { [name]: tags } });
  const etagOf = async (id: string) => String((await read(id)).headers.etag);

  it("is a strong one, and the same as long as nothing happens", async () => {
    const { id } = await create();
    const etag = await etagOf(id);
    expect(etag).toMatch(/^"[\x21\x23-\x7e]+"$/);
    expect(await etagOf(id)).toBe(etag);
  });

  it.each(Object.entries(lives).filter(([, events]) => events.length > 0))(
    "is another one after each change on the way to %s",
    async (_status, events) => {
      const { id } = await create();
      const seen = [await etagOf(id)];
      for (const event of events) {
        await happen(mysql.database, id, [event]);
        const { status, headers } = await known(id, seen.join(", "));
        expect(status).toBe(200);
        seen.push(String(headers.etag));
      }
      expect(new Set(seen).size).toBe(events.length + 1);
    },
  );

  it("is another one when the order was redriven and failed again as before", async () => {
    const { id } = await create();
    await happen(mysql.database, id, lives.failed);
    const before = await etagOf(id);
    await happen(mysql.database, id, [{ type: "redrive" }, ...lives.failed]);
    expect((await known(id, before)).status).toBe(200);
  });

  it.each([
    { how: "alone", tags: (etag: string) => etag },
    { how: "weak", tags: (etag: string) => `W/${etag}` },
    { how: "in a list", tags: (etag: string) => `"old", ${etag},W/"older"` },
    { how: "weak in a list", tags: (etag: string) => `"old" ,W/${etag}` },
    { how: "as any at all", tags: () => "*" },
  ])("that is known, $how, is answered with 304, itself and no body", async ({ tags }) => {
    const { id } = await create();
    const etag = await etagOf(id);
    const { status, headers, text } = await known(id, tags(etag));
    expect([status, headers, text]).toEqual([304, { etag }, ""]);
  });

  it("is looked for whatever the case of the header's name", async () => {
    const { id } = await create();
    expect((await known(id, await etagOf(id), "IF-NONE-MATCH")).status).toBe(304);
  });

  it.each([
    { what: "another", tags: '"other"' },
    { what: "none", tags: "" },
    { what: "one without quotes", tags: "0" },
    { what: "an unfinished one", tags: '"0' },
    { what: "one in lower case w/", tags: 'w/"0"' },
  ])("that is not known, as with $what, is answered with 200 and the order", async ({ tags }) => {
    const { id } = await create();
    const { status, body } = await known(id, tags);
    expect([status, body.id]).toEqual([200, id]);
  });

  it("of no order is 404", async () => {
    expectProblem(await known("019aac53-1234-7000-8000-0123456789ab", "*"), { status: 404, kind: "order-not-found" });
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
