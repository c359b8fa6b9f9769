import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Change, lockOrders, writeChanges } from "../core/db/changes.ts";
import { type OrderEvent, transition } from "../core/domain/transitions.ts";
import { Queue } from "../core/queue/queue.ts";
import { useDatabase } from "../test/harness/database.ts";
import { silent, testPolicy } from "../test/harness/gateway.ts";
import { countByStatus, rows, setDue, storedHistory, storedState, storeOrders } from "../test/harness/orders.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";
import { Relay } from "./relay.ts";

const { database } = useDatabase();
const redis = useRedis();
let queue: Queue;

beforeAll(async () => {
  queue = new Queue(redis.url, 2_000);
  await until("Redis is connected", async () =>
    queue.ping().then(
      () => true,
      () => false,
    ),
  );
});
afterAll(() => queue.close());
beforeEach(async () => {
  await redis.redis.flushdb();
  await rows(database, "DELETE FROM orders");
  await rows(database, "DELETE FROM order_events");
});

/** A relay that is turned by hand, one round at a time. */
function newRelay(graceMs = 0): Relay {
  return new Relay({ database, queue, policy: testPolicy, log: silent, intervalMs: 1_000, graceMs });
}

/** Makes events happen to orders, as the gateway and the relay do. */
async function happen(ids: readonly string[], ...events: OrderEvent[]): Promise<void> {
  for (const event of events) {
    await database.transaction(async (session) => {
      const locked = await lockOrders(session, ids);
      const changes = locked.map(({ order, now }): Change => {
        const result = transition(order, event, now, testPolicy);
        if ("illegal" in result) throw new Error(result.illegal);
        return { id: order.id, ...result };
      });
      await writeChanges(session, changes);
    });
  }
}

const claim: OrderEvent = { type: "claim", workerId: "alice", leaseMs: 10_000 };

async function enqueued(): Promise<string[]> {
  const entries = await redis.redis.xrange("orders:queue", "-", "+");
  return entries.map(([, [, orderId = ""]]) => orderId);
}

/** Delivers everything, as to a worker that dies before it claims. */
async function deliverAll(): Promise<void> {
  await redis.redis.xreadgroup("GROUP", "workers", "nobody", "COUNT", 100_000, "NOACK", "STREAMS", "orders:queue", ">");
}

describe("what is due", () => {
  test("goes into the queue with its history told", async () => {
    const [due, later] = await storeOrders(database, 2, { runAt: new Date(Date.now() + 60_000) });
    await setDue(database, [due!.id], -1);
    await newRelay().round();
    expect(await storedState(database, due!.id)).toMatchObject({ status: "pending", version: 1, attempt: 0 });
    expect(await storedState(database, later!.id)).toMatchObject({ status: "scheduled", version: 0 });
    expect(await enqueued()).toEqual([due!.id]);
    expect(await storedHistory(database, due!.id)).toEqual([
      { seq: 1, status: "pending", attempt: 0, worker: null, reason: null },
    ]);
  });

  test("is moved batch after batch within one round", async () => {
    const orders = await storeOrders(database, 1, { runAt: new Date(Date.now() + 60_000) });
    await rows(
      database,
      `INSERT INTO orders (id, item, quantity, price, status, due_at, created_at, updated_at)
      WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900)
      SELECT UUID_TO_BIN(UUID()), item, quantity, price, status, UTC_TIMESTAMP(3), created_at, updated_at
      FROM n, (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) AS times, orders`,
    );
    await newRelay().round();
    expect(await countByStatus(database)).toEqual({ scheduled: 1, pending: 2_700 });
    expect(await enqueued()).toHaveLength(2_700);
    expect(await storedState(database, orders[0]!.id)).toMatchObject({ status: "scheduled" });
  });

  test("is shared between relays without being done twice", async () => {
    const orders = await storeOrders(database, 200, { runAt: new Date(Date.now() + 60_000) });
    await setDue(
      database,
      orders.map(({ id }) => id),
      -1,
    );
    await Promise.all([newRelay().round(), newRelay().round(), newRelay().round()]);
    expect((await enqueued()).sort()).toEqual(orders.map(({ id }) => id).sort());
  });
});

describe("an expired lease", () => {
  test("brings the order back at once the first time", async () => {
    const [order] = await storeOrders(database, 1);
    await happen([order!.id], claim);
    await setDue(database, [order!.id], -1);
    await newRelay().round();
    expect(await storedState(database, order!.id)).toMatchObject({
      status: "pending",
      failures: 1,
      attemptEnd: "expired",
    });
    expect(await enqueued()).toEqual([order!.id]);
    expect((await storedHistory(database, order!.id)).at(-1)).toEqual({
      seq: 2,
      status: "pending",
      attempt: 1,
      worker: "alice",
      reason: "lease expired: worker alice was not heard of",
    });
  });

  test("backs off from the second time on, and fails the order when its failures are used up", async () => {
    const [order] = await storeOrders(database, 1);
    const seen: string[] = [];
    for (let failures = 1; failures <= testPolicy.maxFailures; failures++) {
      await happen([order!.id], claim);
      await setDue(database, [order!.id], -1);
      await newRelay().round();
      const { status } = await storedState(database, order!.id);
      seen.push(status);
      if (status === "scheduled") await happen([order!.id], { type: "due" });
    }
    expect(seen).toEqual(["pending", "scheduled", "scheduled", "scheduled", "failed"]);
    expect(await storedState(database, order!.id)).toMatchObject({ failures: 5, attempt: 5, dueInMs: null });
  });

  test("that is not over yet is left alone", async () => {
    const [order] = await storeOrders(database, 1);
    await happen([order!.id], claim);
    await newRelay().round();
    expect(await storedState(database, order!.id)).toMatchObject({ status: "processing", version: 1 });
  });
});

describe("an order that the queue lost", () => {
  test("is enqueued again, with no line in its history", async () => {
    const [order] = await storeOrders(database, 1);
    await setDue(database, [order!.id], -5_000);
    await newRelay().round();
    expect(await enqueued()).toEqual([order!.id]);
    const state = await storedState(database, order!.id);
    expect(state).toMatchObject({ status: "pending", version: 0 });
    expect(state.dueInMs).toBeGreaterThan(-2_000);
    expect(await storedHistory(database, order!.id)).toEqual([]);
  });

  test("is not called lost before the relay has watched for a grace period", async () => {
    const [order] = await storeOrders(database, 1);
    await setDue(database, [order!.id], -60_000);
    const relay = newRelay(60_000);
    await relay.round();
    await relay.round();
    expect(await enqueued()).toEqual([]);
  });

  test("is told from a backlog: entries that wait are never doubled, however old", async () => {
    const orders = await storeOrders(database, 50);
    await queue.enqueue(orders);
    await setDue(
      database,
      orders.map(({ id }) => id),
      500,
    );
    const relay = newRelay(10);
    for (const _ of orders.slice(0, 10)) await relay.round();
    await until("the backlog is older than the margin", async () => {
      await relay.round();
      return (await storedState(database, orders[0]!.id)).dueInMs! < -1_500;
    });
    expect(await enqueued()).toHaveLength(50);
  });

  test("after FLUSHALL comes back when the look-back has passed", async () => {
    const orders = await storeOrders(database, 20);
    await queue.enqueue(orders);
    const relay = newRelay(300);
    await relay.round();
    await redis.redis.flushdb();
    await until("all are enqueued again", async () => {
      await relay.round();
      return (await enqueued()).length === 20;
    });
    const groups = (await redis.redis.xinfo("GROUPS", "orders:queue")) as unknown[][];
    expect(groups).toHaveLength(1);
  });

  test("was delivered to a worker that died before it claimed", async () => {
    const [order] = await storeOrders(database, 1);
    const relay = newRelay(300);
    await relay.round();
    await queue.enqueue([order!]);
    await deliverAll();
    await until("it is enqueued again", async () => {
      await relay.round();
      return (await enqueued()).includes(order!.id);
    });
  });
});

describe("the stream", () => {
  test("is empty after the last delivery", async () => {
    const orders = await storeOrders(database, 3);
    const relay = newRelay(60_000);
    await relay.round();
    await queue.enqueue(orders);
    await deliverAll();
    await relay.round();
    expect(await redis.redis.xlen("orders:queue")).toBe(0);
  });

  test("is rebuilt when it is far ahead of Redis' clock", async () => {
    const [order] = await storeOrders(database, 1);
    await redis.redis.xadd("orders:queue", `${Date.now() + 3_600_000}-0`, "orderId", order!.id, "quantity", "2");
    await setDue(database, [order!.id], -5_000);
    const relay = newRelay();
    await relay.round();
    await relay.round();
    const [entry] = await redis.redis.xrange("orders:queue", "-", "+");
    expect(Number(entry![0].split("-")[0])).toBeLessThan(Date.now() + 1_000);
    expect(await enqueued()).toEqual([order!.id]);
  });
});

describe("while Redis is away", () => {
  test("orders move on in MySQL, nothing is called lost, and all is enqueued when it is back", async () => {
    const away = new Queue("redis://127.0.0.1:1", 200);
    const relay = new Relay({ database, queue: away, policy: testPolicy, log: silent, intervalMs: 1_000, graceMs: 0 });
    const [due, lost] = await storeOrders(database, 2, { runAt: new Date(Date.now() + 60_000) });
    await happen([lost!.id], { type: "due" });
    await setDue(database, [due!.id], -1);
    await setDue(database, [lost!.id], -5_000);
    await relay.round();
    away.close();
    expect(relay.health).toMatchObject({ mysql: "ok", redis: "away" });
    expect(await storedState(database, due!.id)).toMatchObject({ status: "pending" });
    expect((await storedState(database, lost!.id)).dueInMs).toBeLessThan(-4_000);
    await setDue(database, [due!.id], -5_000);
    await newRelay().round();
    expect((await enqueued()).sort()).toEqual([due!.id, lost!.id].sort());
  });
});
