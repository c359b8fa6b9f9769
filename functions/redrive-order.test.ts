import { beforeEach, describe, expect, it } from "vitest";
import type { OrderEvent } from "../core/domain/transitions.ts";
import { useDatabase } from "../test/harness/database.ts";
import { expectProblem, send, useFunctions } from "../test/harness/http.ts";
import { claim, claimedBy, live, lives } from "../test/harness/life.ts";
import { storedHistory, storedState } from "../test/harness/orders.ts";
import { useProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const toMysql = useProxy(() => mysql.url);
const functions = useFunctions(() => ({ MYSQL_URL: toMysql.proxy.url, REDIS_URL: redis.url }));

const redrive = (id: string, query?: Record<string, string>) =>
  send(functions.redriveOrder, {
    ...{ method: "POST", path: `/orders/${id}/redrive`, pathParameters: { id } },
    ...(query !== undefined && { query }),
  });

const read = async (id: string) =>
  (await send(functions.getOrder, { path: `/orders/${id}`, pathParameters: { id } })).body;

/** An order in the state that these events lead to, with an empty queue. */
async function orderAfter(events: readonly OrderEvent[]): Promise<string> {
  const body = { item: "Laptop", quantity: 2, price: 1299.99 };
  const { id } = (await send(functions.createOrder, { method: "POST", path: "/orders", body })).body;
  await live(mysql.database, id, events);
  await redis.redis.flushdb();
  return id;
}

const entries = async () => (await redis.redis.xrange("orders:queue", "-", "+")).map(([, fields]) => fields);

beforeEach(() => redis.redis.flushdb());

describe("a redrive of an order that failed", () => {
  const retryable: OrderEvent = { type: "fail", reason: "card declined", retryable: true };
  const usedUp = [
    claim,
    retryable,
    { type: "due" },
    claim,
    { type: "fail", reason: "gone", retryable: false },
  ] as const;

  it("makes it pending with no failures and no reason, keeps its attempt, and enqueues it", async () => {
    const id = await orderAfter(usedUp);
    expect(await storedState(mysql.database, id)).toMatchObject({ status: "failed", attempt: 2, failures: 2 });
    const { status, body } = await redrive(id);
    expect([status, body.status, body.attempt, body.reason]).toEqual([200, "pending", 2, undefined]);
    expect(await storedState(mysql.database, id)).toMatchObject({
      ...{ status: "pending", attempt: 2, failures: 0, reason: null, dueInMs: expect.any(Number) },
    });
    expect(await entries()).toEqual([["orderId", id, "quantity", "2"]]);
  });

  it("answers the order as it reads then, and writes its line of history", async () => {
    const id = await orderAfter(lives.failed);
    const { body } = await redrive(id);
    const { history, ...found } = await read(id);
    expect(found).toEqual(body);
    expect(history.at(-1)).toEqual({ status: "pending", attempt: 1, at: body.updatedAt, reason: "redriven" });
    expect(history.at(-2)).toMatchObject({ status: "failed", reason: "no such address" });
  });

  it("lets it be claimed with the next attempt, and completed", async () => {
    const id = await orderAfter(lives.failed);
    await redrive(id);
    expect(await claimedBy("worker-2", mysql.database, id)).toBe("applied");
    await live(mysql.database, id, [{ type: "complete" }]);
    expect(await read(id)).toMatchObject({ status: "completed", attempt: 2, completedAt: expect.any(String) });
  });

  it("is possible each time that it fails again", async () => {
    const id = await orderAfter([...lives.failed, { type: "redrive" }, ...lives.failed]);
    expect((await redrive(id)).body).toMatchObject({ status: "pending", attempt: 2 });
  });

  it("by two at once is one redrive", async () => {
    const id = await orderAfter(lives.failed);
    const answers = await Promise.all([redrive(id), redrive(id)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(await storedHistory(mysql.database, id)).toHaveLength(3);
    expect(await entries()).toHaveLength(1);
  });

  it("whose COMMIT was answered to a connection that is lost is 200, one line of history and one entry", async () => {
    const id = await orderAfter(lives.failed);
    toMysql.proxy.loseAnswer("COMMIT");
    const { status, body } = await redrive(id);
    expect([status, body.status]).toEqual([200, "pending"]);
    expect(await storedHistory(mysql.database, id)).toHaveLength(3);
    expect(await entries()).toHaveLength(1);
  });

  it("whose COMMIT MySQL has not seen is done by another transaction", async () => {
    const id = await orderAfter(lives.failed);
    toMysql.proxy.loseRequest("COMMIT");
    expect((await redrive(id)).status).toBe(200);
    expect(await storedHistory(mysql.database, id)).toHaveLength(3);
    expect(await entries()).toHaveLength(1);
  });
});

describe("a redrive is refused", () => {
  it.each(["scheduled", "pending", "processing", "completed", "cancelled"] as const)(
    "with 409 for an order that is %s, which is neither changed nor enqueued",
    async (status) => {
      const id = await orderAfter(lives[status]);
      const answer = await redrive(id);
      expectProblem(answer, { status: 409, kind: "not-redrivable" });
      expect(answer.body.detail).toContain(status);
      expect((await storedState(mysql.database, id)).status).toBe(status);
      expect(await storedHistory(mysql.database, id)).toHaveLength(lives[status].length);
      expect(await entries()).toEqual([]);
    },
  );

  it.each(["019aac53-1234-7000-8000-0123456789ab", "1", "' OR 1=1 --", "🧨"])("with 404 for the id %s", async (id) => {
    expectProblem(await redrive(id), { status: 404, kind: "order-not-found" });
  });

  it("with 422 for a query, and nothing is changed", async () => {
    const id = await orderAfter(lives.failed);
    const answer = await redrive(id, { force: "1" });
    expectProblem(answer, { status: 422, kind: "validation-failed", pointers: ["#/force"] });
    expect((await storedState(mysql.database, id)).status).toBe("failed");
  });
});
