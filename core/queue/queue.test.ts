import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useRedis } from "../../test/harness/redis.ts";
import { until } from "../../test/harness/until.ts";
import { Queue } from "./queue.ts";

const server = useRedis();
const stream = "orders:queue";
const group = "workers";
let queue: Queue;

beforeEach(async () => {
  await server.redis.flushdb();
  queue = new Queue(server.url, 5_000);
  await until("a connection", () =>
    queue.ping().then(
      () => true,
      () => false,
    ),
  );
});

afterEach(() => queue.close());

const orders = (...ids: string[]) => ids.map((id) => ({ id, quantity: 7 }));

/** Reads as a worker does. */
async function deliver(count: number, consumer = "w1"): Promise<string[]> {
  const read = await server.redis.xreadgroup("GROUP", group, consumer, "COUNT", count, "NOACK", "STREAMS", stream, ">");
  return ((read as [string, [string, string[]][]][] | null)?.[0]?.[1] ?? []).map(([, fields]) => fields[1] ?? "");
}

async function entries(): Promise<string[]> {
  return (await server.redis.xrange(stream, "-", "+")).map(([, fields]) => fields[1] ?? "");
}

/** Everything that XINFO says of the group. */
async function groupState() {
  const groups = (await server.redis.xinfo("GROUPS", stream)) as unknown[][];
  return groups.map((flat) => {
    const at = (name: string) => flat[flat.indexOf(name) + 1];
    return { name: at("name"), consumers: at("consumers"), pending: at("pending"), last: at("last-delivered-id") };
  });
}

async function redisTime(): Promise<number> {
  const [seconds, microseconds] = await server.redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

describe("enqueue", () => {
  it("appends an entry with the order's id and quantity, and nothing else, for each order", async () => {
    await queue.enqueue([
      { id: "a", quantity: 1 },
      { id: "b", quantity: 1_000_000 },
    ]);
    const fields = (await server.redis.xrange(stream, "-", "+")).map(([, pairs]) => pairs);
    expect(fields).toEqual([
      ["orderId", "a", "quantity", "1"],
      ["orderId", "b", "quantity", "1000000"],
    ]);
  });

  it("of no orders makes no stream", async () => {
    await queue.enqueue([]);
    expect(await server.redis.exists(stream)).toBe(0);
  });

  it("fails when Redis refuses an entry", async () => {
    await server.redis.set(stream, "not a stream");
    await expect(queue.enqueue(orders("a"))).rejects.toThrow("WRONGTYPE");
  });
});

const empty = {
  ...{ lastDeliveredId: "0-0", oldestAgeMs: 0, aheadMs: Number.NEGATIVE_INFINITY },
  ...{ depth: 0, consumers: 0, deadEntries: 0 },
};

describe("inspect", () => {
  it("makes a stream and a group that are missing", async () => {
    expect(await queue.inspect()).toEqual(empty);
    expect(await groupState()).toEqual([{ name: group, consumers: 0, pending: 0, last: "0-0" }]);
    expect(await queue.inspect()).toEqual(empty);
  });

  it("counts what was not delivered, who reads, and the dead", async () => {
    await queue.inspect();
    await queue.enqueue(orders("a", "b", "c"));
    await server.redis.xreadgroup("GROUP", group, "alice", "COUNT", 1, "NOACK", "STREAMS", stream, ">");
    await server.redis.xadd("orders:dead", "*", "reason", "no order");
    expect(await queue.inspect()).toMatchObject({ depth: 2, consumers: 1, deadEntries: 1 });
    // An entry in the middle is gone: Redis does not know its lag any more.
    const [, entry] = await server.redis.xrange(stream, "-", "+");
    await server.redis.xdel(stream, entry?.[0] ?? "");
    expect((await queue.inspect()).depth).toBe(2);
  });

  it("makes a missing group at 0, so that entries which are there already are delivered", async () => {
    await queue.enqueue(orders("a", "b"));
    expect(await queue.inspect()).toMatchObject({ lastDeliveredId: "0-0" });
    expect(await deliver(10)).toEqual(["a", "b"]);
  });

  it("is not led astray by another group", async () => {
    await queue.enqueue(orders("a"));
    await server.redis.xgroup("CREATE", stream, "others", "$");
    expect(await queue.inspect()).toMatchObject({ lastDeliveredId: "0-0" });
    expect((await groupState()).map(({ name }) => name)).toEqual(["others", group]);
  });

  it("tells the age of the oldest entry that was not delivered, by Redis' clock", async () => {
    await queue.inspect();
    const now = await redisTime();
    for (const ageMs of [9_000, 6_000, 3_000]) await server.redis.xadd(stream, `${now - ageMs}-5`, "orderId", "a");
    await deliver(1);
    const state = await queue.inspect();
    const elapsedMs = (await redisTime()) - now;
    expect(state.lastDeliveredId).toBe(`${now - 9_000}-5`);
    expect(state.oldestAgeMs).toBeGreaterThanOrEqual(6_000);
    expect(state.oldestAgeMs).toBeLessThanOrEqual(6_000 + elapsedMs);
    expect(state.aheadMs).toBeLessThanOrEqual(-3_000);
    expect(state.aheadMs).toBeGreaterThanOrEqual(-3_000 - elapsedMs);
  });

  it("tells age 0 when all is delivered", async () => {
    await queue.inspect();
    await server.redis.xadd(stream, `${(await redisTime()) - 9_000}-0`, "orderId", "a");
    await deliver(1);
    expect(await queue.inspect()).toMatchObject({ oldestAgeMs: 0 });
  });

  it("tells how far the newest entry is ahead of Redis' clock", async () => {
    await queue.inspect();
    await server.redis.xadd(stream, `${(await redisTime()) + 3_600_000}-0`, "orderId", "a");
    const { aheadMs, oldestAgeMs } = await queue.inspect();
    expect(aheadMs).toBeGreaterThan(3_590_000);
    expect(aheadMs).toBeLessThanOrEqual(3_600_000);
    expect(oldestAgeMs).toBe(0);
  });
});

describe("trim", () => {
  const trim = async () => queue.trim((await queue.inspect()).lastDeliveredId);

  it.each([
    { delivered: 0, left: ["a", "b", "c"] },
    { delivered: 1, left: ["b", "c"] },
    { delivered: 2, left: ["c"] },
    { delivered: 3, left: [] },
  ])("after $delivered of 3 deliveries leaves what was not delivered", async ({ delivered, left }) => {
    await queue.inspect();
    await queue.enqueue(orders("a", "b", "c"));
    if (delivered > 0) await deliver(delivered);
    await trim();
    expect(await entries()).toEqual(left);
    expect(await deliver(10)).toEqual(left);
    await trim();
    expect(await server.redis.xlen(stream)).toBe(0);
  });

  it("tells entries of one millisecond apart", async () => {
    await queue.inspect();
    for (const sequence of [1, 2, 3]) await server.redis.xadd(stream, `1000-${sequence}`, "orderId", String(sequence));
    await deliver(2);
    await trim();
    expect(await entries()).toEqual(["3"]);
  });

  it("keeps the group, so that it goes on where it was", async () => {
    await queue.inspect();
    await queue.enqueue(orders("a"));
    await deliver(1);
    const [before] = await groupState();
    await trim();
    expect(await groupState()).toEqual([before]);
    await queue.enqueue(orders("b"));
    expect(await deliver(10)).toEqual(["b"]);
  });
});

describe("rebuild", () => {
  it("leaves an empty stream whose group begins at 0, also after a time in the future", async () => {
    await queue.inspect();
    await server.redis.xadd(stream, `${(await redisTime()) + 3_600_000}-0`, "orderId", "a");
    await deliver(1);
    await queue.rebuild();
    expect(await groupState()).toEqual([{ name: group, consumers: 0, pending: 0, last: "0-0" }]);
    await queue.enqueue(orders("b"));
    expect((await queue.inspect()).aheadMs).toBeLessThanOrEqual(0);
    expect(await deliver(10)).toEqual(["b"]);
  });

  it("works where there is no stream", async () => {
    await queue.rebuild();
    expect(await queue.inspect()).toEqual(empty);
  });
});

describe("removeGoneConsumers", () => {
  const goneAfterMs = 300;

  async function consumers(): Promise<{ name: unknown; idleMs: number }[]> {
    const found = (await server.redis.xinfo("CONSUMERS", stream, group)) as unknown[][];
    return found.map((flat) => ({
      name: flat[flat.indexOf("name") + 1],
      idleMs: Number(flat[flat.indexOf("idle") + 1]),
    }));
  }

  it("removes those that have not asked for long, and no others", async () => {
    await queue.inspect();
    await queue.enqueue(orders("a", "b"));
    await deliver(1, "gone");
    await until("a consumer that is gone", async () => ((await consumers())[0]?.idleMs ?? 0) > goneAfterMs);
    await deliver(1, "here");
    await queue.removeGoneConsumers(goneAfterMs);
    expect((await consumers()).map(({ name }) => name)).toEqual(["here"]);
  });

  it("leaves consumers be that asked within a minute", async () => {
    await queue.inspect();
    await deliver(1, "here");
    await queue.removeGoneConsumers();
    expect((await consumers()).map(({ name }) => name)).toEqual(["here"]);
  });
});
