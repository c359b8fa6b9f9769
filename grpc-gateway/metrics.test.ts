import { credentials, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { Database, forBatches } from "../core/db/database.ts";
import { OrderStatusServiceClient } from "../core/gen/orders/v1/orders.ts";
import { Queue } from "../core/queue/queue.ts";
import { useDatabase } from "../test/harness/database.ts";
import { silent, TestWorker, testPolicy } from "../test/harness/gateway.ts";
import { changed, readMetrics } from "../test/harness/metrics.ts";
import { rows, setDue, storedState, storeOrders } from "../test/harness/orders.ts";
import { NetworkProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";
import { asUser } from "../test/harness/users.ts";
import { createCounter } from "./counter.ts";
import { GatewayMetrics } from "./metrics.ts";
import { Relay } from "./relay.ts";
import { openToAll } from "./security.ts";
import { GatewayServer } from "./server.ts";

const { database, gateway, url } = useDatabase();
const redis = useRedis();
const metrics = new GatewayMetrics();
let queue: Queue;
let server: GatewayServer;
let relay: Relay;
let alice: TestWorker;
let bob: TestWorker;

beforeAll(async () => {
  queue = new Queue(redis.url, 2_000);
  await until("Redis is connected", () => queue.ping().then(() => true));
  const all = { database: gateway, queue, policy: testPolicy, log: silent, metrics };
  server = new GatewayServer(all);
  relay = new Relay({ ...all, intervalMs: 1_000, graceMs: 0 });
  const port = await server.listen("127.0.0.1:0");
  alice = new TestWorker(port, "alice");
  bob = new TestWorker(port, "bob");
});
afterAll(async () => {
  alice.close();
  bob.close();
  await server.stop(1_000);
  queue.close();
});
beforeEach(async () => {
  await redis.redis.flushdb();
  await rows(database, "DELETE FROM orders");
});

const scrape = async () => readMetrics(await metrics.text());

/** What a piece of work changes. */
async function changes(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await scrape();
  await work();
  return changed(before, await scrape());
}

const updates = (labels: string) => `orders_gateway_updates_total{${labels}}`;

/** The buckets of a histogram add up, and what was observed is in the first of them that is large enough. */
const batchOf = (size: number) => ({
  orders_gateway_batch_size_sum: size,
  orders_gateway_batch_size_count: 1,
  'orders_gateway_batch_size_bucket{le="+Inf"}': 1,
  'orders_gateway_batch_size_bucket{le="5000"}': 1,
});

describe("updates are counted by what became of them", () => {
  test("claims, repeated claims, and claims that are refused", async () => {
    const orders = await storeOrders(database, 3);
    const ids = orders.map(({ id }) => id);
    expect(await changes(() => alice.claim(...ids))).toMatchObject({
      [updates('kind="claim",outcome="applied"')]: 3,
      ...batchOf(3),
    });
    const repeated = await changes(() => alice.claim(...ids, "not an id"));
    expect(repeated).toMatchObject({
      [updates('kind="claim",outcome="duplicate"')]: 3,
      [updates('kind="unknown",outcome="rejected",reason="invalid"')]: 1,
      ...batchOf(4),
    });
    expect(repeated).not.toHaveProperty([updates('kind="claim",outcome="applied"')]);
    expect(await changes(() => bob.claim(ids[0]!, crypto.randomUUID()))).toMatchObject({
      [updates('kind="claim",outcome="rejected",reason="held_by_another_worker"')]: 1,
      [updates('kind="claim",outcome="rejected",reason="not_found"')]: 1,
    });
  });

  test("renewals, completions, releases and late ones", async () => {
    const [kept, given] = await storeOrders(database, 2);
    await alice.claim(kept!.id, given!.id);
    const done = await changes(async () => {
      await alice.send(alice.update(kept!.id, { attempt: 1 }));
      await alice.release(given!.id, 1);
      await alice.complete(kept!.id, 1);
      await alice.complete(given!.id, 1);
    });
    expect(done).toMatchObject({
      [updates('kind="renewal",outcome="applied"')]: 1,
      [updates('kind="release",outcome="applied"')]: 1,
      [updates('kind="complete",outcome="applied"')]: 1,
      [updates('kind="complete",outcome="rejected",reason="stale_attempt"')]: 1,
    });
  });

  test("failures, and whether the order is tried again", async () => {
    const [again, never] = await storeOrders(database, 2);
    await alice.claim(again!.id, never!.id);
    const failed = await changes(async () => {
      await alice.fail(again!.id, 1, "the bank is closed", true);
      await alice.fail(never!.id, 1, "no such card", false);
      await alice.fail(never!.id, 1, "no such card", false);
    });
    expect(failed).toMatchObject({
      [updates('kind="fail",outcome="applied"')]: 2,
      [updates('kind="fail",outcome="duplicate"')]: 1,
      'orders_gateway_orders_failed_total{cause="attempt"}': 1,
      'orders_gateway_retries_scheduled_total{cause="attempt"}': 1,
    });
  });
});

describe("calls are timed by method and code", () => {
  const calls = async (method: string, code: string) =>
    (await scrape()).get(`orders_gateway_rpc_duration_seconds_count{method="${method}",code="${code}"}`) ?? 0;

  test("answers and refusals", async () => {
    const [order] = await storeOrders(database, 1);
    const before = await calls("BatchUpdateOrderStatus", "OK");
    await alice.claim(order!.id);
    expect(await calls("BatchUpdateOrderStatus", "OK")).toBe(before + 1);
    await alice.sendOne(alice.update(order!.id, { attempt: 1 }));
    expect(await calls("UpdateOrderStatus", "OK")).toBe(1);
    await expect(alice.sendOne(alice.update("not an id"))).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await calls("UpdateOrderStatus", "INVALID_ARGUMENT")).toBe(1);
    await expect(alice.claim(...Array(5_001).fill("an id"))).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await calls("BatchUpdateOrderStatus", "INVALID_ARGUMENT")).toBe(1);
  });

  test("callers without a token", async () => {
    const guarded = new GatewayMetrics();
    const security = { ...openToAll, tokens: ["a token that is long enough"] };
    const needs = { database: gateway, queue, policy: testPolicy, log: silent, metrics: guarded };
    const closed = new GatewayServer(needs, security);
    const stranger = new TestWorker(await closed.listen("127.0.0.1:0"), "mallory");
    onTestFinished(async () => {
      stranger.close();
      await closed.stop(1_000);
    });
    await expect(stranger.claim(crypto.randomUUID())).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    const seen = readMetrics(await guarded.text());
    const name = "orders_gateway_rpc_duration_seconds_count";
    expect(seen.get(`${name}{method="BatchUpdateOrderStatus",code="UNAUTHENTICATED"}`)).toBe(1);
  });

  test("callers that have left", async () => {
    const [order] = await storeOrders(database, 1);
    const proxy = await NetworkProxy.start(url);
    const far = new Database({ url: asUser("gateway", proxy.url), connections: 1, timeoutMs: 5_000, ...forBatches });
    const needs = { database: far, queue, policy: testPolicy, log: silent, metrics };
    const distant = new GatewayServer(needs);
    const port = await distant.listen("127.0.0.1:0");
    const carol = new OrderStatusServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
    onTestFinished(async () => {
      carol.close();
      await distant.stop(1_000);
      await far.close();
      await proxy.down();
    });
    await database.transaction(async ({ connection }) => {
      await connection.query("SELECT id FROM orders WHERE id = UUID_TO_BIN(?) FOR UPDATE", [order!.id]);
      const code = Promise.withResolvers<status | undefined>();
      const updates = [{ ...alice.update(order!.id), workerId: "carol" }];
      const call = carol.batchUpdateOrderStatus({ updates }, (error) => code.resolve(error?.code));
      await until("the claim waits for its row", async () => proxy.timesSent("ORDER BY id FOR UPDATE") > 0);
      call.cancel();
      expect(await code.promise).toBe(status.CANCELLED);
    });
    await until("it is counted", async () => (await calls("BatchUpdateOrderStatus", "CANCELLED")) === 1);
  });
});

describe("the relay's repairs", () => {
  test("are counted by what they were", async () => {
    const [due] = await storeOrders(database, 1, { runAt: new Date(Date.now() + 60_000) });
    const [expired, lost] = await storeOrders(database, 2);
    await relay.round();
    await alice.claim(expired!.id);
    await setDue(database, [due!.id, expired!.id], -1);
    await setDue(database, [lost!.id], -5_000);
    expect(await changes(() => relay.round())).toMatchObject({
      'orders_gateway_relay_repairs_total{repair="due"}': 1,
      'orders_gateway_relay_repairs_total{repair="expired"}': 1,
      'orders_gateway_relay_repairs_total{repair="lost"}': 1,
      orders_gateway_queue_depth: 2,
    });
  });

  test("tell which orders are tried again and which have failed for good", async () => {
    const [order] = await storeOrders(database, 1);
    const seen: unknown[] = [];
    for (const [failures, status] of [0, 1, 4].entries()) {
      await rows(database, "UPDATE orders SET failures = ?, status = 'processing', worker_id = 'alice', attempt = 1", [
        status,
      ]);
      await setDue(database, [order!.id], -1);
      const counted = await changes(() => relay.round());
      seen.push([
        failures,
        counted['orders_gateway_retries_scheduled_total{cause="lease"}'],
        counted['orders_gateway_orders_failed_total{cause="lease"}'],
      ]);
    }
    expect(seen).toEqual([
      [0, undefined, undefined],
      [1, 1, undefined],
      [2, undefined, 1],
    ]);
    expect((await storedState(database, order!.id)).status).toBe("failed");
  });

  test("go along with what is seen of the queue", async () => {
    await relay.round();
    const orders = await storeOrders(database, 3);
    await queue.enqueue(orders);
    await redis.redis.xreadgroup("GROUP", "workers", "alice", "COUNT", 1, "NOACK", "STREAMS", "orders:queue", ">");
    await redis.redis.xadd("orders:dead", "*", "reason", "no order");
    await until("the oldest entry has an age", async () => {
      await relay.round();
      return ((await scrape()).get("orders_gateway_queue_oldest_age_seconds") ?? 0) > 0;
    });
    const seen = await scrape();
    expect(seen.get("orders_gateway_queue_depth")).toBe(2);
    expect(seen.get("orders_gateway_queue_consumers")).toBe(1);
    expect(seen.get("orders_gateway_dead_entries")).toBe(1);
    expect(seen.get("orders_gateway_queue_oldest_age_seconds")).toBeLessThan(60);
  });
});

test("the orders in each status are those of the last count, and its age is told", async () => {
  const counter = createCounter(gateway, silent, metrics.counts);
  expect((await scrape()).get("orders_gateway_orders_count_age_seconds")).toBe(0);
  await storeOrders(database, 2);
  counter.start();
  onTestFinished(() => counter.stop());
  await until("it is counted", async () => (await scrape()).get('orders_gateway_orders{status="pending"}') === 2);
  expect((await scrape()).get('orders_gateway_orders{status="processing"}')).toBe(0);
  const age = (await scrape()).get("orders_gateway_orders_count_age_seconds");
  expect(age).toBeGreaterThan(0);
  expect(age).toBeLessThan(10);
});
