import { expect, test } from "vitest";
import { Load } from "../../cli/load/load.ts";
import { countByStatus, rows } from "../harness/orders.ts";
import { until } from "../harness/until.ts";
import { flawless, settledLedger } from "./ledger.ts";
import { patienceMs, say, useFleet } from "./use-fleet.ts";

/** Within its grace (DRAIN_TIMEOUT_MS, 8 s), and what a busy machine needs to see the end of a process. */
const graceMs = 10_000;

const used = useFleet({
  ...{ gateways: 2, workers: 2 },
  // Leases that outlive an absence of MySQL: a report that was lost shows as a lease that expires all the same.
  env: { PROCESS_MS: "500", LEASE_MS: "30000" },
});
const loads: Load[] = [];

/** A steady load until the work is done, and how many of its creates had to be sent again. */
async function underLoad(name: string, work: (load: Load) => Promise<void>): Promise<number> {
  const load = Load.start({ url: used.fleet.url, name, rate: 60, timeoutMs: patienceMs });
  loads.push(load);
  try {
    await until("orders are in work", async () => ((await countByStatus(used.fleet.database)).processing ?? 0) > 10);
    await work(load);
  } finally {
    await load.stop();
  }
  return load.failures.length;
}

/** Stops a component as an orchestrator does; answers how it ended, and in how many milliseconds. */
async function terminate(name: string): Promise<{ how: string | undefined; tookMs: number }> {
  const begun = performance.now();
  const [how] = await used.fleet.down(name);
  const tookMs = Math.round(performance.now() - begun);
  say(`SIGTERM of ${name}: ${how} after ${tookMs} ms`);
  return { how, tookMs };
}

async function startAgain(name: string): Promise<void> {
  await used.fleet.up(name);
  await used.fleet.ready();
}

async function ledger(): Promise<Awaited<ReturnType<typeof settledLedger>>> {
  return settledLedger(used.fleet, loads, 90_000);
}

async function expectFlawless(): Promise<void> {
  const found = await ledger();
  say(`${found.orders} orders, ${found.released} claims given back unworked by workers that stopped`);
  expect(found).toMatchObject(flawless(found.acknowledged));
}

test.each(["worker-1", "worker-2"])("%s finishes what it has in work, and gives back the rest", async (name) => {
  const failed = await underLoad(name, async () => {
    const { how, tookMs } = await terminate(name);
    expect(how).toBe("exited with code 0");
    expect(tookMs).toBeLessThan(graceMs);
    const log = await used.fleet.log(name);
    expect(log).toContain("stopped, everything is reported");
    expect(log).not.toContain("giving back what is not done");
    await startAgain(name);
  });
  expect(failed).toBe(0);
  await expectFlawless();
});

test.each(["gateway-1", "gateway-2"])("%s answers what it was sent, and workers turn to the other", async (name) => {
  const failed = await underLoad(name, async () => {
    const { how, tookMs } = await terminate(name);
    expect(how).toBe("exited with code 0");
    expect(tookMs).toBeLessThan(graceMs);
    await startAgain(name);
  });
  expect(failed).toBe(0);
  await expectFlawless();
});

test("http: creates that are refused meanwhile, sent again with their keys, make one order each", async () => {
  const failed = await underLoad("http", async (load) => {
    const { how, tookMs } = await terminate("http");
    expect(how).toBe("exited with code 0");
    expect(tookMs).toBeLessThan(graceMs);
    await until("creates are refused", async () => load.failures.length > 0);
    await startAgain("http");
  });
  say(`${failed} tries were refused while http was away`);
  expect(loads.at(-1)?.unanswered).toEqual([]);
  expect(loads.at(-1)?.refused).toEqual([]);
  const [made] = await rows<{ twice: number }>(
    used.fleet.database,
    "SELECT COUNT(*) - COUNT(DISTINCT item) AS twice FROM orders",
  );
  expect(Number(made?.twice)).toBe(0);
  await expectFlawless();
});

test("Redis: no create notices, and what was not enqueued is when it is back", async () => {
  const failed = await underLoad("redis", async (load) => {
    expect((await terminate("redis-1")).how).toBe("exited with code 0");
    const before = load.acknowledged.length;
    await until("creates are answered without Redis", async () => load.acknowledged.length > before + 100);
    await startAgain("redis-1");
  });
  expect(failed).toBe(0);
  await expectFlawless();
});

test("MySQL: creates are refused until it is back, and none of them makes two orders", async () => {
  const failed = await underLoad("mysql", async (load) => {
    expect((await terminate("mysql")).how).toBe("exited with code 0");
    await until("creates are refused", async () => load.failures.some(({ status }) => status === 503));
    await startAgain("mysql");
  });
  say(`${failed} tries were refused while MySQL was away`);
  expect(loads.at(-1)?.unanswered).toEqual([]);
  await expectFlawless();
});
