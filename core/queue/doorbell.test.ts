import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { readLocalConfig } from "../../infra/local/config.ts";
import { freePort } from "../../infra/local/ports.ts";
import { startRedis } from "../../infra/local/redis/start.ts";
import type { Server } from "../../infra/local/server.ts";
import { NetworkProxy } from "../../test/harness/proxy.ts";
import { useRedis } from "../../test/harness/redis.ts";
import { until } from "../../test/harness/until.ts";
import { Doorbell } from "./doorbell.ts";

const shared = useRedis();
const stream = "orders:queue";
const order = { id: "019aac53-1234-7000-8000-0123456789ab", quantity: 3 };

/** Long enough for a busy machine. */
const budgetMs = 1_000;
/** What a busy machine may add to two budgets, one for the connection and one for the command, in milliseconds. */
const boundMs = 2 * budgetMs + 1_500;

function doorbell(url: string, budget = budgetMs) {
  const changes: unknown[] = [];
  const bell = new Doorbell({ url, budgetMs: budget, onChange: (error) => changes.push(error) });
  onTestFinished(() => bell.close());
  return { bell, changes };
}

async function timed<T>(work: Promise<T>): Promise<{ value: T; ms: number }> {
  // Not performance.now(), which a test may have stopped.
  const start = process.hrtime.bigint();
  const value = await work;
  return { value, ms: Number(process.hrtime.bigint() - start) / 1e6 };
}

/** A proxy in front of the shared Redis. */
async function network(): Promise<NetworkProxy> {
  const proxy = await NetworkProxy.start(shared.url);
  onTestFinished(async () => {
    proxy.thaw();
    await proxy.down();
  });
  return proxy;
}

/** A Redis of the test's own, which it may kill and freeze. */
async function ownRedis(port?: number): Promise<Server & { pid: number }> {
  const folder = await mkdtemp(join(tmpdir(), "orders-redis-"));
  const config = { ...readLocalConfig(), redisUrl: undefined };
  const options = { dataDir: folder, logFile: join(folder, "redis.log"), config };
  const server = await startRedis(port === undefined ? options : { ...options, port });
  onTestFinished(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  if (server.pid === undefined) throw new Error("this Redis has no process of its own");
  return { ...server, pid: server.pid };
}

const rings = (bell: Doorbell) => () => bell.ring([order]);

afterEach(() => vi.useRealTimers());

describe("a ring", () => {
  it("adds an entry with the order's id and quantity, and nothing else", async () => {
    await shared.redis.flushdb();
    const { bell, changes } = doorbell(shared.url);
    expect(await bell.ring([order])).toBe(true);
    const entries = await shared.redis.xrange(stream, "-", "+");
    expect(entries.map(([, fields]) => fields)).toEqual([["orderId", order.id, "quantity", "3"]]);
    expect(changes).toEqual([]);
  });

  it("by many at once before the first connection stands reaches Redis for each of them", async () => {
    await shared.redis.flushdb();
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(warning.message);
    process.on("warning", note);
    onTestFinished(() => void process.off("warning", note));
    const { bell } = doorbell(shared.url);
    const rung = await Promise.all(Array.from({ length: 50 }, rings(bell)));
    expect(rung.every(Boolean)).toBe(true);
    expect(await shared.redis.xlen(stream)).toBe(50);
    // Warnings are emitted on the next tick.
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });

  it("is refused without an error when Redis refuses the entry", async () => {
    await shared.redis.flushdb();
    await shared.redis.set(stream, "not a stream");
    const { bell, changes } = doorbell(shared.url);
    expect(await bell.ring([order])).toBe(false);
    expect(String(changes[0])).toContain("WRONGTYPE");
    await shared.redis.del(stream);
  });
});

describe("a Redis that never was there", () => {
  it("costs the first ring its budget and those that follow nothing", async () => {
    const { bell, changes } = doorbell(`redis://127.0.0.1:${await freePort()}`);
    const first = await timed(bell.ring([order]));
    expect(first.value).toBe(false);
    expect(first.ms).toBeLessThan(boundMs);
    const next = await timed(Promise.all(Array.from({ length: 1_000 }, rings(bell))));
    expect(next.value.some(Boolean)).toBe(false);
    expect(next.ms).toBeLessThan(budgetMs);
    expect(changes).toHaveLength(1);
    expect(await bell.isReachable()).toBe(false);
  });
});

describe("a Redis that dies", () => {
  it("costs a ring no more than its budget, and is rung again once it is back", async () => {
    const port = await freePort();
    const server = await ownRedis(port);
    const { bell, changes } = doorbell(server.url);
    expect(await bell.ring([order])).toBe(true);
    await server.stop();
    const away = await timed(bell.ring([order]));
    expect(away.value).toBe(false);
    expect(away.ms).toBeLessThan(boundMs);
    await ownRedis(port);
    await until("a ring that is heard", rings(bell));
    expect(changes).toEqual([expect.any(Error), undefined]);
    expect(await bell.isReachable()).toBe(true);
  });
});

describe("an event loop that stands still for longer than the budget", () => {
  it("loses no ring whose answer has arrived in the meantime, and none after it", async () => {
    const server = await ownRedis();
    const { bell, changes } = doorbell(server.url, 300);
    await until("a ring that is heard", rings(bell));
    changes.length = 0;
    const direct = new Redis(server.url);
    onTestFinished(() => direct.disconnect());
    // Redis answers when the loop stands still, not before.
    await direct.call("CLIENT", "PAUSE", "200", "ALL");
    const ringing = Promise.all(Array.from({ length: 20 }, rings(bell)));
    await new Promise(setImmediate);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
    expect((await ringing).every(Boolean)).toBe(true);
    expect(await bell.ring([order])).toBe(true);
    expect(changes).toEqual([]);
  });
});

describe("a Redis that pauses for longer than a ring may take", () => {
  it("is not told to be away", async () => {
    const server = await ownRedis();
    const { bell } = doorbell(server.url, 10);
    await until("a ring that is heard", rings(bell));
    const direct = new Redis(server.url);
    onTestFinished(() => direct.disconnect());
    await direct.call("CLIENT", "PAUSE", "100", "ALL");
    expect(await Promise.all([bell.isReachable(), bell.queueUse()])).toEqual([true, { depth: 1, workers: [] }]);
  });
});

describe("a Redis that is frozen", () => {
  it("costs a ring no more than its budget, and is rung again once it goes on", async () => {
    const server = await ownRedis();
    const { bell } = doorbell(server.url);
    expect(await bell.ring([order])).toBe(true);
    process.kill(server.pid, "SIGSTOP");
    try {
      const frozen = await timed(bell.ring([order]));
      expect(frozen.value).toBe(false);
      expect(frozen.ms).toBeLessThan(boundMs);
      expect(await bell.isReachable()).toBe(false);
    } finally {
      process.kill(server.pid, "SIGCONT");
    }
    await until("a ring that is heard", rings(bell));
    const direct = new Redis(server.url);
    onTestFinished(() => direct.disconnect());
    // The ring that nobody waited for may have been heard late: a second entry for an order does no harm.
    expect(await direct.xlen(stream)).toBeGreaterThanOrEqual(2);
  });

  it("is tried by one caller a second, while the others are not held up", async () => {
    const proxy = await network();
    const { bell } = doorbell(proxy.url);
    await bell.ring([order]);
    // The rests are counted by this clock alone.
    vi.useFakeTimers({ toFake: ["performance"] });
    proxy.freeze();
    const before = proxy.timesSent("xadd");
    expect(await bell.ring([order])).toBe(false);
    expect(proxy.timesSent("xadd")).toBe(before + 1);
    for (let second = 2; second <= 4; second++) {
      vi.advanceTimersByTime(999);
      await Promise.all(Array.from({ length: 20 }, rings(bell)));
      expect(proxy.timesSent("xadd")).toBe(before + second - 1);
      vi.advanceTimersByTime(1);
      await Promise.all(Array.from({ length: 20 }, rings(bell)));
      expect(proxy.timesSent("xadd")).toBe(before + second);
    }
  });

  it("is told of once when it is lost and once when it is back", async () => {
    const proxy = await network();
    const { bell, changes } = doorbell(proxy.url);
    await bell.ring([order]);
    proxy.freeze();
    await Promise.all(Array.from({ length: 5 }, rings(bell)));
    await bell.ring([order]);
    expect(changes).toEqual([expect.any(Error)]);
    proxy.thaw();
    await until("a ring that is heard", rings(bell));
    expect(changes).toEqual([expect.any(Error), undefined]);
  });
});
