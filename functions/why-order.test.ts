import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBirths } from "../core/domain/identity.ts";
import { useDatabase } from "../test/harness/database.ts";
import { expectProblem, send, useFunctions } from "../test/harness/http.ts";
import { claim, live, lives } from "../test/harness/life.ts";
import { rows, setDue, storeOrders } from "../test/harness/orders.ts";
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
  MAX_ATTEMPTS: "3",
}));

const ask = (id: string, query?: Record<string, string>) =>
  send(functions.whyOrder, { path: `/orders/${id}/why`, pathParameters: { id }, ...(query && { query }) });

/** The explanation of an order, with its troubles' codes alone. */
async function why(id: string) {
  const { status, body } = await ask(id);
  expect(status).toBe(200);
  return { ...body, troubles: body.troubles.map(({ code }: { code: string }) => code) };
}

/** Stores an order to which these things happen. */
async function stored(...[events = []]: [Parameters<typeof live>[2]?]): Promise<string> {
  const [order] = await storeOrders(mysql.database, 1);
  await live(mysql.database, order!.id, events);
  return order!.id;
}

/** Shows a worker's life to Redis, as the worker does when it asks for orders. */
async function seeWorker(id = "worker-1"): Promise<void> {
  await redis.redis.xgroup("CREATE", "orders:queue", "workers", "0", "MKSTREAM").catch(() => {});
  await redis.redis.xreadgroup("GROUP", "workers", id, "COUNT", 100, "NOACK", "STREAMS", "orders:queue", ">");
}

/** What a gateway tells of itself when it counts the orders. */
const seeGateway = (ageMs = 0) =>
  rows(mysql.database, "REPLACE INTO order_counts VALUES (1, '{}', UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND)", [
    ageMs * 1_000,
  ]);

const enqueue = (id: string) => redis.redis.xadd("orders:queue", "*", "orderId", id, "quantity", "2");

beforeEach(async () => {
  await redis.redis.flushdb();
  await seeWorker();
  await seeGateway();
});

afterEach(async () => {
  toRedis.proxy.thaw();
  await toRedis.proxy.up();
  const id = await stored();
  await until("Redis is used again", async () => !(await why(id)).troubles.includes("redis-unavailable"));
});

describe("an order whose life is as it should be", () => {
  it("waits in the queue", async () => {
    const id = await stored();
    await enqueue(id);
    expect(await why(id)).toEqual({
      ...{ id, status: "pending", troubles: [] },
      asOf: expect.stringMatching(/^\d{4}-.*Z$/),
      where: expect.stringMatching(/^Waiting in the queue for .* No order is ahead of it, 1 worker reading\.$/),
      next: "A worker claims it when its turn comes.",
    });
  });

  it("waits for its time, by MySQL's clock", async () => {
    const runAt = new Date(Date.now() + 3_600_000);
    const [order] = await storeOrders(mysql.database, 1, { runAt });
    expect(await why(order!.id)).toMatchObject({
      ...{ status: "scheduled", troubles: [], nextAt: runAt.toISOString() },
      where: `Scheduled: it was created to run at ${runAt.toISOString()}, and not before.`,
      next: expect.stringMatching(/^It goes into the queue in 60 min, /),
    });
  });

  it("is processed", async () => {
    const id = await stored([claim]);
    const told = await why(id);
    expect(told).toMatchObject({ status: "processing", troubles: [] });
    expect(told.where).toMatch(
      /^Processing on worker worker-1, attempt 1; 0 of 3 failures used up\. Its lease ends in /,
    );
    expect(Date.parse(told.nextAt)).toBeGreaterThan(Date.parse(told.asOf));
  });

  it("is completed", async () => {
    const told = await why(await stored(lives.completed));
    expect(told).toMatchObject({ status: "completed", troubles: [], next: "Nothing: it is done." });
    expect(told.where).toMatch(/^Completed at .*Z by worker worker-1 in attempt 1, .* after it was created\.$/);
    expect(told).not.toHaveProperty("nextAt");
  });

  it("is cancelled", async () => {
    expect(await why(await stored(lives.cancelled))).toMatchObject({ status: "cancelled", troubles: [] });
  });
});

describe("an order with a trouble", () => {
  it("is to be tried again", async () => {
    const told = await why(await stored(lives.scheduled));
    expect(told.troubles).toEqual(["failed-before"]);
    expect(told.where).toMatch(
      /^Waiting to be tried again: attempt 1 failed .* ago: "card declined"; 1 of 3 failures used up\.$/,
    );
  });

  it("is overdue", async () => {
    const id = await stored(lives.scheduled);
    await setDue(mysql.database, [id], -12_000);
    expect((await why(id)).troubles).toEqual(["overdue", "failed-before"]);
  });

  it("waits while no worker reads", async () => {
    await redis.redis.flushdb();
    const id = await stored();
    await enqueue(id);
    const told = await why(id);
    expect(told.troubles).toEqual(["no-worker"]);
    expect(told).toMatchObject({ next: "It is claimed as soon as a worker runs." });
  });

  it("waits behind others", async () => {
    for (let n = 0; n < 3; n++)
      await redis.redis.xadd("orders:queue", `${Date.now() - 20_000}-${n + 1}`, "orderId", "x");
    await redis.redis.xgroup("SETID", "orders:queue", "workers", "0");
    const id = await stored();
    await setDue(mysql.database, [id], -15_000);
    const { body } = await ask(id);
    expect(body.troubles).toEqual([
      { code: "backlog", detail: expect.any(String), fix: expect.stringContaining("WORKER_CONCURRENCY") },
    ]);
    expect(body.troubles[0].detail).toMatch(/^About 3 orders wait for 1 worker; this one has waited for 15 s\.$/);
  });

  it("was lost from the queue", async () => {
    const id = await stored();
    await setDue(mysql.database, [id], -30_000);
    expect((await why(id)).troubles).toEqual(["entry-lost"]);
  });

  it("waits while no gateway runs, and when none ever did", async () => {
    const id = await stored();
    await enqueue(id);
    await seeGateway(11_000);
    expect((await why(id)).troubles).toEqual(["gateway-silent"]);
    await rows(mysql.database, "DELETE FROM order_counts");
    expect((await why(id)).troubles).toEqual(["gateway-silent"]);
  });

  it("is held by a worker that is not seen any more", async () => {
    const id = await stored([{ type: "claim", workerId: "worker-9", leaseMs: 10_000 }]);
    expect((await why(id)).troubles).toEqual(["no-worker"]);
    await seeWorker("worker-9");
    expect((await why(id)).troubles).toEqual([]);
  });

  it("has a lease that is over", async () => {
    const id = await stored([claim]);
    await setDue(mysql.database, [id], -4_000);
    const told = await why(id);
    expect(told.troubles).toEqual(["lease-expired"]);
    expect(told.where).toMatch(/whose lease ended 4(\.\d)? s ago without a word from it; 0 of 3 failures used up\.$/);
  });

  it("came back because its worker was lost, and fails when they all are", async () => {
    const id = await stored([claim, { type: "expire" }]);
    await enqueue(id);
    expect((await why(id)).troubles).toEqual(["lost-by-workers"]);
    await rows(
      mysql.database,
      "UPDATE orders SET status = 'failed', due_at = NULL, failures = 3 WHERE id = UUID_TO_BIN(?)",
      [id],
    );
    expect(await why(id)).toMatchObject({ status: "failed", troubles: ["lost-by-workers"] });
  });

  it("failed for good, and is redriven", async () => {
    const id = await stored(lives.failed);
    expect(await why(id)).toMatchObject({ status: "failed", troubles: ["failed-permanently"] });
    await send(functions.redriveOrder, { method: "POST", path: "", pathParameters: { id } });
    const told = await why(id);
    expect(told.troubles).toEqual([]);
    expect(told.where).toMatch(/^Waiting in the queue for .*, since it was redriven after attempt 1\. /);
  });

  it("failed as often as it may", async () => {
    const id = await stored(lives.scheduled);
    await rows(
      mysql.database,
      "UPDATE orders SET status = 'failed', due_at = NULL, failures = 3 WHERE id = UUID_TO_BIN(?)",
      [id],
    );
    expect((await why(id)).troubles).toEqual(["failures-used-up"]);
  });

  it("has several at once", async () => {
    const id = await stored([claim, { type: "fail", reason: "card declined", retryable: true }]);
    await setDue(mysql.database, [id], -30_000);
    await seeGateway(60_000);
    await redis.redis.flushdb();
    expect((await why(id)).troubles).toEqual(["gateway-silent", "no-worker", "overdue", "failed-before"]);
  });
});

describe.each([
  { how: "away", fail: () => toRedis.proxy.down() },
  { how: "frozen", fail: async () => toRedis.proxy.freeze() },
])("while Redis is $how", ({ fail }) => {
  it("orders are explained all the same, and soon", async () => {
    const ids = [await stored(), await stored([claim]), await stored(lives.completed)];
    await fail();
    const begun = performance.now();
    const told = await Promise.all(ids.map(why));
    expect(performance.now() - begun).toBeLessThan(4_000);
    expect(told.map(({ troubles }) => troubles)).toEqual([["redis-unavailable"], ["redis-unavailable"], []]);
    expect(told[0].where).toMatch(/Redis does not answer, so its place in the queue is not known\.$/);
  });
});

describe("what is no order", () => {
  it.each(["x", createBirths(Date.now)().id])("is not explained: %s", async (id) => {
    expectProblem(await ask(id), { status: 404, kind: "order-not-found" });
  });

  it("is not found by an id in capitals alone: they are the same", async () => {
    const id = await stored();
    expect((await why(id.toUpperCase())).id).toBe(id);
  });

  it("a query is refused with 422", async () => {
    const answer = await ask(await stored(), { verbose: "1" });
    expectProblem(answer, { status: 422, kind: "validation-failed", pointers: ["#/verbose"] });
  });
});
