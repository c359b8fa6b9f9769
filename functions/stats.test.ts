import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newestLatencies } from "../core/db/latencies.ts";
import { type OrderStatus, orderStatuses } from "../core/domain/order.ts";
import { entriesRead } from "../test/harness/cost.ts";
import { useDatabase } from "../test/harness/database.ts";
import { expectProblem, send, useFunctions } from "../test/harness/http.ts";
import { live, lives } from "../test/harness/life.ts";
import { countByStatus, rows, setDue, storeOrders } from "../test/harness/orders.ts";
import { useProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";

const mysql = useDatabase();
const redis = useRedis();
const toRedis = useProxy(() => redis.url);
const functions = useFunctions(() => ({
  MYSQL_URL: mysql.url,
  REDIS_URL: toRedis.proxy.url,
  ENQUEUE_TIMEOUT_MS: "1000",
}));

const laptop = { item: "Laptop", quantity: 2, price: 1299.99 };
const none = Object.fromEntries(orderStatuses.map((status) => [status, 0])) as Record<OrderStatus, number>;

const ask = async () => {
  const { status, body } = await send(functions.stats, { path: "/stats" });
  expect(status).toBe(200);
  return body;
};

const post = (name: "createOrder" | "createOrders", body: object) =>
  send(functions[name], { method: "POST", path: "/orders", body });

const change = (name: "cancelOrder" | "redriveOrder", id: string) =>
  send(functions[name], { method: "POST", path: "/orders/{id}", pathParameters: { id } });

/** Lets workers read so many entries of the queue. */
const deliver = (count: number) =>
  redis.redis.xreadgroup("GROUP", "workers", "w", "COUNT", count, "NOACK", "STREAMS", "orders:queue", ">");

beforeEach(async () => {
  for (const table of ["orders", "order_events", "order_totals", "order_counts"]) {
    await rows(mysql.database, `DELETE FROM ${table}`);
  }
  await redis.redis.flushdb();
});

afterEach(async () => {
  toRedis.proxy.thaw();
  await toRedis.proxy.up();
  await until("Redis is used again", async () => (await ask()).queueDepth !== null);
});

describe("the counts", () => {
  it("of no orders are 0, with the time of counting", async () => {
    const before = Date.now();
    const { asOf, ...stats } = await ask();
    expect(stats).toEqual({ counts: none, queueDepth: 0, oldestPendingAgeMs: 0, workers: [] });
    expect(Math.abs(Date.parse(asOf) - before)).toBeLessThan(10_000);
  });

  it("are those of the rows, whatever the handlers and the workers have done", async () => {
    const created = await post("createOrders", { orders: Array.from({ length: 18 }, () => laptop) });
    const ids: string[] = created.body.results.map(({ order }: { order: { id: string } }) => order.id);
    await post("createOrder", { ...laptop, runAt: new Date(Date.now() + 3_600_000).toISOString() });
    for (const [index, id] of ids.entries()) {
      await live(mysql.database, id, lives[orderStatuses[index % 6] as OrderStatus]);
    }
    expect(await countsOfRows()).toEqual({
      scheduled: 4,
      pending: 3,
      processing: 3,
      completed: 3,
      failed: 3,
      cancelled: 3,
    });
    expect((await ask()).counts).toEqual(await countsOfRows());
    // One of each status, of which two can be cancelled and one redriven; then that one fails again.
    for (const id of ids.slice(0, 6)) await change("cancelOrder", id);
    for (const id of ids.slice(0, 6)) await change("redriveOrder", id);
    await live(mysql.database, ids[4] ?? "", lives.failed);
    expect((await ask()).counts).toEqual(await countsOfRows());
    expect(await countsOfRows()).toEqual({
      scheduled: 3,
      pending: 2,
      processing: 3,
      completed: 3,
      failed: 3,
      cancelled: 5,
    });
  });

  it("that are kept are told while they are fresh", async () => {
    await storeOrders(mysql.database, 2);
    await keep({ ...none, completed: 7 }, 4_000);
    const { counts, asOf } = await ask();
    expect(counts).toEqual({ ...none, completed: 7 });
    const [row] = await rows<{ asOf: Date }>(mysql.database, "SELECT as_of AS asOf FROM order_counts");
    expect(asOf).toBe(row?.asOf.toISOString());
  });

  it("that are kept are not told any more when they are over 5 s old", async () => {
    await storeOrders(mysql.database, 2);
    await keep({ ...none, completed: 7 }, 5_001);
    const { counts, asOf } = await ask();
    expect(counts).toEqual({ ...none, pending: 2 });
    expect(Math.abs(Date.parse(asOf) - Date.now())).toBeLessThan(4_000);
  });
});

describe("the depth of the queue", () => {
  it("is what is not delivered yet", async () => {
    await post("createOrders", { orders: Array.from({ length: 5 }, () => laptop) });
    expect((await ask()).queueDepth).toBe(5);
    await redis.redis.xgroup("CREATE", "orders:queue", "workers", "0");
    expect((await ask()).queueDepth).toBe(5);
    await deliver(2);
    expect((await ask()).queueDepth).toBe(3);
    await post("createOrder", laptop);
    expect((await ask()).queueDepth).toBe(4);
    await deliver(10);
    expect((await ask()).queueDepth).toBe(0);
  });

  it.each([
    { how: "away", fail: () => toRedis.proxy.down() },
    { how: "frozen", fail: async () => toRedis.proxy.freeze() },
  ])("is null while Redis is $how, and the counts are told all the same", async ({ fail }) => {
    await storeOrders(mysql.database, 2);
    await fail();
    expect(await ask()).toMatchObject({ queueDepth: null, workers: [], counts: { pending: 2 } });
  });
});

describe("the age of the oldest pending order", () => {
  it("is how long it has been in the queue", async () => {
    const [order] = await storeOrders(mysql.database, 3);
    await setDue(mysql.database, [order?.id ?? ""], -60_000);
    const { oldestPendingAgeMs } = await ask();
    expect(oldestPendingAgeMs).toBeGreaterThanOrEqual(60_000);
    expect(oldestPendingAgeMs).toBeLessThan(90_000);
  });
});

describe("the workers", () => {
  it("are those that read the queue, by name, each with when it last asked", async () => {
    await redis.redis.xgroup("CREATE", "orders:queue", "workers", "0", "MKSTREAM");
    for (const id of ["w-2", "w-1"]) {
      await redis.redis.xreadgroup("GROUP", "workers", id, "COUNT", 1, "NOACK", "STREAMS", "orders:queue", ">");
    }
    const { workers } = await ask();
    expect(workers.map(({ id }: { id: string }) => id)).toEqual(["w-1", "w-2"]);
    for (const { lastSeenAgoMs } of workers) expect(lastSeenAgoMs).toBeLessThan(10_000);
  });
});

describe("the latency", () => {
  /** Stores orders that took so long each, the newest last; null: not completed. */
  async function took(...latenciesMs: (number | null)[]): Promise<void> {
    const stored = await storeOrders(mysql.database, latenciesMs.length);
    for (const [index, ms] of latenciesMs.entries()) {
      await rows(
        mysql.database,
        "UPDATE orders SET completed_at = created_at + INTERVAL ? MICROSECOND WHERE id = UUID_TO_BIN(?)",
        [ms === null ? null : ms * 1_000, stored[index]?.id],
      );
    }
  }

  it("is absent when no order is completed", async () => {
    await took(null);
    expect(await ask()).not.toHaveProperty("latencyMs");
  });

  it("is that of completed orders alone, by percentile", async () => {
    await took(30, null, 10, 20);
    expect((await ask()).latencyMs).toEqual({ orders: 3, p50: 20, p95: 30, p99: 30 });
  });

  it("begins with an order's runAt, and is never negative", async () => {
    await took(60_000, -5);
    await rows(
      mysql.database,
      "UPDATE orders SET run_at = created_at + INTERVAL 59 SECOND WHERE completed_at > created_at",
    );
    expect((await ask()).latencyMs).toEqual({ orders: 2, p50: 0, p95: 1_000, p99: 1_000 });
  });

  it("is of the newest 1,000 orders, and costs no more however many there are", async () => {
    await store(1_500);
    expect((await ask()).latencyMs).toEqual({ orders: 1_000, p50: 999, p95: 1_449, p99: 1_489 });
    const [few, many] = [await cost(), await store(20_000).then(cost)];
    expect(many).toBe(few);
    expect(many).toBeLessThan(3_000);
  });

  const cost = () => entriesRead(mysql.database, newestLatencies);

  /** Stores so many completed orders at once; the n-th took n milliseconds. */
  async function store(count: number): Promise<void> {
    await rows(mysql.database, "TRUNCATE orders");
    await rows(
      mysql.database,
      `INSERT /*+ SET_VAR(cte_max_recursion_depth = 100000) */ INTO orders (id, item, quantity, price, status, created_at, updated_at, completed_at)
      WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < ?)
      SELECT UNHEX(CONCAT(LPAD(HEX(1763900000000 + n), 12, '0'), '70008000000000000000')), 'Laptop', 2, 1299.99, 'completed',
        '2026-11-23 12:00:00', '2026-11-23 12:00:00', '2026-11-23 12:00:00' + INTERVAL n * 1000 MICROSECOND FROM n`,
      [count],
    );
  }
});

it("a query is refused with 422", async () => {
  const answer = await send(functions.stats, { path: "/stats", query: { verbose: "1" } });
  expectProblem(answer, { status: 422, kind: "validation-failed", pointers: ["#/verbose"] });
});

async function countsOfRows(): Promise<Record<OrderStatus, number>> {
  return { ...none, ...(await countByStatus(mysql.database)) };
}

/** Keeps a count that was made so long ago. */
async function keep(counts: Record<OrderStatus, number>, ageMs: number): Promise<void> {
  await rows(
    mysql.database,
    "REPLACE INTO order_counts (id, counts, as_of) VALUES (1, ?, UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND)",
    [JSON.stringify(counts), ageMs * 1_000],
  );
}
