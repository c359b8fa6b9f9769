import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type Change, lockOrders, writeChanges } from "../core/db/changes.ts";
import { Database, forBatches } from "../core/db/database.ts";
import { type OrderEvent, transition } from "../core/domain/transitions.ts";
import type { Queued } from "../core/queue/connection.ts";
import { Queue } from "../core/queue/queue.ts";
import type { Logger } from "../core/telemetry/log.ts";
import { useDatabase } from "../test/harness/database.ts";
import { silent, testPolicy } from "../test/harness/gateway.ts";
import { countByStatus, rows, setDue, storedHistory, storedState, storeOrders } from "../test/harness/orders.ts";
import { NetworkProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";
import { asUser } from "../test/harness/users.ts";
import { Relay, type RelayOptions } from "./relay.ts";

const { database, gateway, url } = useDatabase();
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
function newRelay(graceMs = 0, more: Partial<RelayOptions> = {}): Relay {
  return new Relay({ database: gateway, queue, policy: testPolicy, log: silent, intervalMs: 1_000, graceMs, ...more });
}

/** A log, and what it says. */
function record(): { log: Logger; said: (text: string) => object[] } {
  const lines: { msg: string }[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { log, said: (text) => lines.filter(({ msg }) => msg.includes(text)) };
}

/** The database by way of a network that fails on demand; connected already. */
async function farDatabase(timeoutMs = 10_000): Promise<{ far: Database; proxy: NetworkProxy }> {
  const proxy = await NetworkProxy.start(url);
  const far = new Database({ url: asUser("gateway", proxy.url), connections: 1, timeoutMs, ...forBatches });
  onTestFinished(async () => {
    proxy.thaw();
    await far.close();
    await proxy.down();
  });
  await rows(far, "SELECT 1");
  return { far, proxy };
}

/** Stores a multiple of 900 orders whose time has come. */
async function storeManyDue(times: number): Promise<void> {
  await rows(
    database,
    `INSERT INTO orders (id, item, quantity, price, status, due_at, created_at, updated_at)
    WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900)
    SELECT UUID_TO_BIN(UUID()), 'Laptop', 2, 1, 'scheduled', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)
    FROM n, (SELECT i FROM n LIMIT ${times}) AS times`,
  );
}

/** Makes events happen to orders, as the gateway and the relay do. */
async function happen(ids: readonly string[], ...events: OrderEvent[]): Promise<void> {
  for (const event of events) {
    await database.transaction(async (session) => {
      const locked = await lockOrders(session, ids);
      const changes = locked.map(({ order, now }): Change => {
        const result = transition(order, event, now, testPolicy);
        if ("illegal" in result) throw new Error(result.illegal);
        return { id: order.id, from: order, ...result };
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
    await storeManyDue(3);
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
    const relay = new Relay({
      database: gateway,
      queue: away,
      policy: testPolicy,
      log: silent,
      intervalMs: 1_000,
      graceMs: 0,
    });
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

describe("a repair that fails", () => {
  test("keeps the others from nothing, is told of once and is no outage of MySQL", async () => {
    const [due] = await storeOrders(database, 1, { runAt: new Date(Date.now() + 60_000) });
    const [expired, lost] = await storeOrders(database, 2);
    await happen([expired!.id], claim);
    await setDue(database, [due!.id, expired!.id], -1);
    await setDue(database, [lost!.id], -5_000);
    // The order's next line of history is taken: it cannot move.
    await rows(
      database,
      `INSERT INTO order_events (order_id, seq, status, attempt, at)
      VALUES (UUID_TO_BIN(?), 1, 'pending', 0, UTC_TIMESTAMP(3))`,
      [due!.id],
    );
    const { log, said } = record();
    const relay = newRelay(0, { log });
    for (let round = 1; round <= 3; round++) await relay.round();
    expect(await storedState(database, due!.id)).toMatchObject({ status: "scheduled" });
    expect((await enqueued()).sort()).toEqual([expired!.id, lost!.id].sort());
    expect(relay.health).toMatchObject({ mysql: "ok", redis: "ok", failing: [{ name: "due" }] });
    expect(said("fails")).toMatchObject([{ step: "due", err: { code: "ER_DUP_ENTRY" } }]);
    await rows(database, "DELETE FROM order_events WHERE order_id = UUID_TO_BIN(?)", [due!.id]);
    await relay.round();
    expect(await storedState(database, due!.id)).toMatchObject({ status: "pending" });
    expect(relay.health.failing).toEqual([]);
    expect(said("works again")).toHaveLength(1);
    expect([...said("away"), ...said("back")]).toEqual([]);
  });
});

describe("a look that takes too long", () => {
  test("is told of with what to do, is no outage of MySQL, and is over when it is fast again", async () => {
    const { far } = await farDatabase(400);
    const { log, said } = record();
    const mysql: boolean[] = [];
    const relay = newRelay(0, { database: far, log, onMysql: (isThere) => mysql.push(isThere) });
    await relay.round();
    await database.run(async ({ connection }) => {
      // Nobody gets at the orders, while MySQL tells its time.
      await connection.query("LOCK TABLES orders WRITE");
      for (let round = 1; round <= 2; round++) await relay.round();
      await connection.query("UNLOCK TABLES");
    });
    expect(relay.health).toMatchObject({ mysql: "ok", failing: [] });
    expect(relay.health.slow.map(({ name }) => name).toSorted()).toEqual(["due", "expired", "lost"]);
    await relay.round();
    expect(relay.health).toMatchObject({ mysql: "ok", failing: [], slow: [] });
    expect(said("takes longer than it may")).toHaveLength(3);
    expect(said("fast enough again")).toHaveLength(3);
    expect([...said("is away"), ...said("is back")]).toEqual([]);
    expect(mysql).toEqual([true]);
  });
});

describe("a long repair", () => {
  test("takes turns with the others, and is seen to get on", async () => {
    await storeManyDue(24);
    const [expired] = await storeOrders(database, 1);
    await happen([expired!.id], claim);
    await setDue(database, [expired!.id], -1);
    const progress = new Set<number>();
    class WatchedQueue extends Queue {
      override enqueue(orders: readonly Queued[]): Promise<void> {
        progress.add(relay.health.lastProgressAt);
        return super.enqueue(orders);
      }
    }
    const watched = new WatchedQueue(redis.url, 2_000);
    onTestFinished(() => watched.close());
    await until("Redis is connected", async () =>
      watched.ping().then(
        () => true,
        () => false,
      ),
    );
    const relay = newRelay(60_000, { queue: watched });
    expect(await relay.round()).toBe(true);
    expect(progress.size).toBeGreaterThanOrEqual(20);
    expect(await countByStatus(database)).toEqual({ scheduled: 1_600, pending: 20_001 });
    expect(await relay.round()).toBe(false);
    expect(await countByStatus(database)).toEqual({ pending: 21_601 });
  });

  test("goes on at once in the next round", async () => {
    await storeManyDue(24);
    const relay = newRelay(60_000, { intervalMs: 60_000 });
    relay.start();
    onTestFinished(() => relay.stop());
    await until("all are in the queue", async () => (await countByStatus(database)).pending === 21_600);
  });
});

describe("a repair whose transaction is done twice", () => {
  test("is told of once", async () => {
    const [expired, lost] = await storeOrders(database, 2);
    await happen([expired!.id], claim);
    await setDue(database, [expired!.id], -1);
    const { far, proxy } = await farDatabase();
    const { log, said } = record();
    const relay = newRelay(0, { database: far, log });
    proxy.loseRequest("INSERT INTO order_events");
    await relay.round();
    expect(proxy.timesSent("INSERT INTO order_events")).toBe(2);
    await setDue(database, [lost!.id], -5_000);
    proxy.loseRequest("UPDATE orders SET");
    await relay.round();
    expect(proxy.timesSent("UPDATE orders SET")).toBe(4);
    expect(said("leases expired")).toMatchObject([{ worker: "alice", count: 1 }]);
    expect(said("were lost")).toMatchObject([{ count: 1 }]);
  });
});

describe("while MySQL is frozen", () => {
  test("a stop waits for no more than the step that is under way", async () => {
    const timeoutMs = 1_000;
    const { far, proxy } = await farDatabase(timeoutMs);
    const relay = newRelay(0, { database: far });
    proxy.freeze();
    relay.start();
    await until("it is noticed", async () => relay.health.mysql === "away");
    const begun = performance.now();
    await relay.stop();
    expect(performance.now() - begun).toBeLessThan(timeoutMs + 500);
  });
});
