import { expect, test } from "vitest";
import { Load } from "../../cli/load/load.ts";
import { MemorySampler, type MemoryUse, memoryTable, redisMiB } from "../harness/fleet/memory.ts";
import { countByStatus, rows } from "../harness/orders.ts";
import { latencyWithin } from "../harness/quantile.ts";
import { until } from "../harness/until.ts";
import { flawless, settledLedger } from "./ledger.ts";
import { patienceMs, say, useFleet } from "./use-fleet.ts";

/** What two workers can do: 2 workers, each 20 orders at a time, of 200 ms each. Orders a second. */
const capacity = 200;

/** Three times as many, in orders a second: a part of them one by one, the others by 25. */
const rates = { single: 100, batched: 500 };
const seconds = 60;

/**
 * What a process of ours may have in memory, in MiB: above what it needs, whatever waits. For http this is mostly
 * serverless-offline, which is not there in the cloud.
 */
const limitsMiB = [
  [/^worker/, 128],
  [/^gateway/, 512],
  [/^http/, 1_024],
] as const;

/** What an order that waits may cost in Redis, in bytes. */
const limitPerOrder = 512;

const used = useFleet({ gateways: 2, workers: 2, env: { WORKER_CONCURRENCY: "20", PROCESS_MS: "200" } });

/** How many entries were ever added to the queue. */
async function entriesAdded(): Promise<number> {
  const stream = await used.fleet.redis.ask((redis) => redis.xinfo("STREAM", "orders:queue"));
  const flat = stream as unknown[];
  return Number(flat[flat.indexOf("entries-added") + 1]);
}

/** How often an order was enqueued by right: when it was created, and whenever it became pending again. */
async function enqueuedByRight(): Promise<number> {
  const [row] = await rows<{ created: number; again: number }>(
    used.fleet.database,
    `SELECT (SELECT COUNT(*) FROM orders) AS created,
      (SELECT COUNT(*) FROM order_events WHERE status = 'pending') AS again`,
  );
  return Number(row?.created) + Number(row?.again);
}

/** The latencies of the creates that were begun in a part of the load, as text. */
function latencies(load: Load, fromSecond: number, toSecond: number, rate: number): string {
  const part = load.acknowledged.filter(({ number }) => number >= fromSecond * rate && number < toSecond * rate);
  return `p50 ${latencyWithin(0.5, part).toFixed(0)} ms, p99 ${latencyWithin(0.99, part).toFixed(0)} ms`;
}

function isAboveLimit({ name, peak }: MemoryUse): boolean {
  return limitsMiB.some(([names, limit]) => names.test(name) && peak > limit);
}

async function overload(): Promise<readonly [Load, Load]> {
  const { url } = used.fleet;
  const common = { url, seconds, timeoutMs: patienceMs };
  const single = Load.start({ ...common, name: "single", rate: rates.single });
  const batched = Load.start({ ...common, name: "batched", rate: rates.batched, batch: 25 });
  await Promise.all([single.finished, batched.finished]);
  for (const [load, rate] of [[single, rates.single] as const, [batched, rates.batched] as const]) {
    const [begin, end] = [latencies(load, 0, 10, rate), latencies(load, seconds - 10, seconds, rate)];
    say(`creates at ${rate} orders/s: in the first ten seconds ${begin}; in the last ten ${end}`);
  }
  return [single, batched];
}

/** Waits until nothing waits any more, by workers that can do more at once. */
async function drain(): Promise<void> {
  const { fleet } = used;
  const begun = performance.now();
  const { pending = 0 } = await countByStatus(fleet.database);
  for (const name of fleet.workers) {
    fleet.configure(name, { WORKER_CONCURRENCY: "1000" });
    await fleet.down(name);
    await fleet.up(name);
  }
  const isDone = async () => ((await countByStatus(fleet.database)).pending ?? 0) === 0;
  await until("the backlog is worked off", isDone, 180_000);
  say(`a backlog of ${pending} was worked off in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
}

test("producers at three times what the workers can do: creates go on, memory is bounded, nothing is enqueued twice", async () => {
  const { fleet } = used;
  expect(rates.single + rates.batched).toBe(3 * capacity);
  const redisBefore = await redisMiB(fleet);
  const memory = new MemorySampler(fleet);
  const loads = await overload();
  const [waiting, redisFull] = [await countByStatus(fleet.database), await redisMiB(fleet)];
  const perOrder = ((redisFull - redisBefore) * 2 ** 20) / (waiting.pending ?? 0);
  say(`${waiting.completed} completed, ${waiting.pending} wait: ${perOrder.toFixed(0)} bytes each in Redis`);
  const inBacklog = (await entriesAdded()) - (await enqueuedByRight());
  await drain();
  const found = await settledLedger(fleet, loads, 60_000);
  const uses = memory.stop();
  const needless = (await entriesAdded()) - (await enqueuedByRight());
  say(
    `enqueued without need: ${needless} of ${found.orders} orders; ${found.released} claims given back at the restart`,
  );
  say(memoryTable(uses));

  for (const load of loads) expect(load.failures).toEqual([]);
  expect(found).toMatchObject(flawless((rates.single + rates.batched) * seconds));
  expect({ inBacklog: Math.max(0, inBacklog), needless }).toEqual({ inBacklog: 0, needless: 0 });
  expect(waiting.pending).toBeGreaterThan(capacity * seconds);
  expect(uses.filter(isAboveLimit)).toEqual([]);
  expect(perOrder).toBeLessThan(limitPerOrder);
  const isEmpty = () => fleet.redis.ask(async (redis) => (await redis.xlen("orders:queue")) === 0);
  await until("the queue is empty", isEmpty, 10_000);
});
