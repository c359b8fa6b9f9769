import { describe, expect, it } from "vitest";
import { useDatabase } from "../test/harness/database.ts";
import { expectProblem, send, useFunctions } from "../test/harness/http.ts";
import { claimedBy, live, lives } from "../test/harness/life.ts";
import { storedHistory, storedState } from "../test/harness/orders.ts";
import { useProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const toMysql = useProxy(() => mysql.url);
const functions = useFunctions(() => ({ MYSQL_URL: toMysql.proxy.url, REDIS_URL: redis.url }));

const cancel = (id: string, query?: Record<string, string>) =>
  send(functions.cancelOrder, {
    ...{ method: "POST", path: `/orders/${id}/cancel`, pathParameters: { id } },
    ...(query !== undefined && { query }),
  });

const read = async (id: string) =>
  (await send(functions.getOrder, { path: `/orders/${id}`, pathParameters: { id } })).body;

async function create(more: object = {}): Promise<{ id: string; [field: string]: unknown }> {
  const body = { item: "Laptop", quantity: 2, price: 1299.99, ...more };
  return (await send(functions.createOrder, { method: "POST", path: "/orders", body })).body;
}

describe("a cancel", () => {
  it.each([
    { status: "pending", answer: 200 },
    { status: "scheduled", answer: 200 },
    { status: "cancelled", answer: 200 },
    { status: "processing", answer: 409 },
    { status: "completed", answer: 409 },
    { status: "failed", answer: 409 },
  ] as const)("of an order that is $status is answered with $answer", async ({ status, answer }) => {
    const { id } = await create();
    await live(mysql.database, id, lives[status]);
    const before = await storedState(mysql.database, id);
    const result = await cancel(id);
    if (answer === 200) {
      expect([result.status, result.body.status]).toEqual([200, "cancelled"]);
    } else {
      expectProblem(result, { status: 409, kind: "not-cancellable" });
      expect(result.body.detail).toContain(status);
      const { dueInMs: _before, ...unchanged } = before;
      expect(await storedState(mysql.database, id)).toMatchObject(unchanged);
    }
  });

  it("answers the order as it reads then, and writes its line of history", async () => {
    const order = await create();
    const { status, body } = await cancel(order.id);
    expect(status).toBe(200);
    expect(body).toEqual({ ...order, status: "cancelled", updatedAt: expect.any(String) });
    const { history, ...found } = await read(order.id);
    expect(found).toEqual(body);
    expect(history).toEqual([
      { status: "pending", attempt: 0, at: order.createdAt },
      { status: "cancelled", attempt: 0, at: body.updatedAt },
    ]);
    expect(await storedState(mysql.database, order.id)).toMatchObject({ status: "cancelled", dueInMs: null });
  });

  it("of an order for later keeps its runAt, and it is never due", async () => {
    const order = await create({ runAt: new Date(Date.now() + 3_600_000).toISOString() });
    const { body } = await cancel(order.id);
    expect([body.status, body.runAt]).toEqual(["cancelled", order.runAt]);
    expect((await storedState(mysql.database, order.id)).dueInMs).toBeNull();
  });

  it("of an order that waits for another attempt keeps the attempt and the reason of the last", async () => {
    const { id } = await create();
    await live(mysql.database, id, lives.scheduled);
    expect((await cancel(id)).body).toMatchObject({ status: "cancelled", attempt: 1, reason: "card declined" });
  });

  it("repeated is answered the same, without a second line of history", async () => {
    const { id } = await create();
    const first = await cancel(id);
    const again = await cancel(id.toUpperCase());
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(await storedHistory(mysql.database, id)).toHaveLength(1);
  });

  it("by many at once is one cancel, and 200 for all of them", async () => {
    const { id } = await create();
    const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(id)));
    expect(answers.map(({ status, body }) => [status, body])).toEqual(answers.map(() => [200, answers[0]?.body]));
    expect(await storedHistory(mysql.database, id)).toHaveLength(1);
  });

  it("whose COMMIT was answered to a connection that is lost is 200 and one line of history", async () => {
    const { id } = await create();
    toMysql.proxy.loseAnswer("COMMIT");
    const { status, body } = await cancel(id);
    expect([status, body.status]).toEqual([200, "cancelled"]);
    expect(await storedHistory(mysql.database, id)).toHaveLength(1);
  });
});

describe("the entry of a cancelled order in the queue", () => {
  it("does no harm: a worker that claims the order is told that it was cancelled", async () => {
    const { id } = await create();
    expect((await redis.redis.xrevrange("orders:queue", "+", "-", "COUNT", 1))[0]?.[1]).toContain(id);
    await cancel(id);
    expect(await claimedBy("worker-1", mysql.database, id)).toBe("cancelled");
    expect(await storedState(mysql.database, id)).toMatchObject({ status: "cancelled", attempt: 0, workerId: null });
  });
});

it("of a cancel and a claim at once exactly one wins, whatever the order", async () => {
  for (let round = 0; round < 40; round++) {
    const { id } = await create();
    const [cancelled, claimed] = await (round % 2 === 0
      ? Promise.all([cancel(id), claimedBy("worker-1", mysql.database, id)])
      : Promise.all([claimedBy("worker-1", mysql.database, id), cancel(id)]).then(([b, a]) => [a, b] as const));
    const { status } = await storedState(mysql.database, id);
    const isCancelled = status === "cancelled";
    expect([cancelled.status, claimed, status]).toEqual(
      isCancelled ? [200, "cancelled", "cancelled"] : [409, "applied", "processing"],
    );
    expect(await storedHistory(mysql.database, id)).toHaveLength(1);
  }
});

describe("a cancel is refused", () => {
  it.each([
    "019aac53-1234-7000-8000-0123456789ab",
    "1",
    "undefined",
    "019aac5312347000800001234567890b",
    "' OR 1=1 --",
    "🧨",
    "x".repeat(1_000),
  ])("with 404 for the id %s", async (id) => {
    expectProblem(await cancel(id), { status: 404, kind: "order-not-found" });
  });

  it("with 422 for a query, and nothing is changed", async () => {
    const { id } = await create();
    const answer = await cancel(id, { force: "1" });
    expectProblem(answer, { status: 422, kind: "validation-failed", pointers: ["#/force"] });
    expect((await storedState(mysql.database, id)).status).toBe("pending");
  });
});
