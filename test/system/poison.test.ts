import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { EffectRecorder } from "../harness/effects.ts";
import { restarted } from "../harness/kills.ts";
import { countByStatus, rows } from "../harness/orders.ts";
import { type TestSystem, useSystem } from "../harness/system.ts";
import { until } from "../harness/until.ts";

let recorder: EffectRecorder;
beforeAll(async () => {
  recorder = await EffectRecorder.start(inject("mysqlUrl"));
});
afterEach(() => {
  recorder.aftermath = () => "answer";
});
afterAll(() => recorder.close());

/** A worker whose orders can misbehave. */
function settings(more: Readonly<Record<string, string>>) {
  return {
    ...{ WORKER_BUILD_TAGS: "chaos", PROCESS_MS: "20", PROCESS_TIMEOUT_MS: "3000" },
    ...more,
    /** Asked for when the system starts: the recorder runs by then. */
    get EFFECTS_URL() {
      return recorder.url;
    },
  };
}

/** With short leases and a busy relay, so that the tests are short. */
function quick(maxAttempts: number) {
  return settings({ MAX_ATTEMPTS: String(maxAttempts), LEASE_MS: "1500", RELAY_INTERVAL_MS: "50" });
}

interface Line {
  readonly status: string;
  readonly attempt: number;
  readonly at: string;
  readonly reason?: string;
}

interface OrderView {
  readonly status: string;
  readonly attempt: number;
  readonly reason?: string;
  readonly history: readonly Line[];
}

async function post(system: TestSystem, item: string): Promise<string> {
  const answer = await system.post({ item, quantity: 1, price: 1 });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

/** Puts orders into the queue while the worker is frozen, so that it takes all of them at once, the first one first. */
async function postAtOnce(system: TestSystem, items: readonly string[]): Promise<string[]> {
  await system.freezeWorker();
  try {
    const ids: string[] = [];
    for (const item of items) ids.push(await post(system, item));
    return ids;
  } finally {
    await system.signal("worker", "SIGCONT");
  }
}

async function view(system: TestSystem, id: string): Promise<OrderView> {
  return (await system.get(`/orders/${id}`)).body;
}

function ended(system: TestSystem, id: string, timeoutMs = 60_000): Promise<OrderView> {
  const look = async () => {
    const order = await view(system, id);
    return (order.status === "completed" || order.status === "failed") && order;
  };
  return until(`order ${id} has ended`, look, timeoutMs);
}

/** How often something happened to an order. */
function count({ history }: OrderView, status: string): number {
  return history.filter((line) => line.status === status).length;
}

/** How long the longest attempt had the order, in milliseconds. */
function longestAttempt({ history }: OrderView): number {
  const times = history.map(({ at }) => Date.parse(at));
  const lengths = history.map(({ status }, index) =>
    status === "processing" ? (times[index + 1] ?? Number.NaN) - (times[index] ?? 0) : 0,
  );
  return Math.max(...lengths);
}

describe("an order that misbehaves", () => {
  const system = useSystem(quick(3));

  test("fails after its attempts, and neither the worker nor another order comes to harm", async () => {
    const worker = await system.pid("worker");
    const [panic, hang, deaf, flaky] = await Promise.all(
      ["panic", "hang", "deaf", "flaky"].map((kind) => post(system, `poison:${kind}`)),
    );
    const laptops = await Promise.all(Array.from({ length: 20 }, () => post(system, "Laptop")));
    for (const id of laptops) expect(await ended(system, id)).toMatchObject({ status: "completed", attempt: 1 });

    expect(await ended(system, flaky ?? "")).toMatchObject({ status: "completed", attempt: 2 });
    const panicked = await ended(system, panic ?? "");
    const reason = `poison: panic: poisoned by order ${panic}`;
    expect(panicked).toMatchObject({ status: "failed", attempt: 3, reason });
    expect(panicked.history.filter((line) => line.reason === reason)).toHaveLength(3);
    expect(await system.log("worker")).toMatch(new RegExp(`"orderId":"${panic}".*"stack":"goroutine.*poison\\.go`));

    const hung = await ended(system, hang ?? "");
    expect(hung).toMatchObject({ status: "failed", attempt: 3, reason: "timed out after 3s" });
    expect(longestAttempt(hung)).toBeGreaterThanOrEqual(3_000);

    // It heeds no time-out, so its lease is not renewed any more: it is taken from the worker, and from it alone.
    const unheeding = await ended(system, deaf ?? "");
    expect(unheeding).toMatchObject({ status: "failed", attempt: 3, reason: expect.stringContaining("lease expired") });
    expect(longestAttempt(unheeding)).toBeGreaterThanOrEqual(3_000);
    expect(longestAttempt(unheeding)).toBeLessThan(9_000);
    expect(await ended(system, await post(system, "Laptop"))).toMatchObject({ status: "completed", attempt: 1 });
    expect(await system.pid("worker")).toBe(worker);
  });

  test("for ever fails at once, is kept, and is worked on again when somebody redrives it", async () => {
    const id = await post(system, "poison:permanent:1");
    const failed = await ended(system, id);
    expect(failed).toMatchObject({ status: "failed", attempt: 1, reason: "poison: refused for ever" });
    expect(failed.history.map(({ status }) => status)).toEqual(["pending", "processing", "failed"]);
    expect((await system.get("/orders?status=failed")).text).toContain(id);
    expect((await system.request(`/orders/${id}/redrive`, { method: "POST" })).status).toBe(200);
    expect(await ended(system, id)).toMatchObject({ status: "completed", attempt: 2 });
    expect(await recorder.effectsOf(id)).toMatchObject([{ asked: 1, took: 1 }]);
  });

  test("has its effect once when every answer about it was lost, also after a redrive", async () => {
    recorder.aftermath = ({ attempt }) => (attempt % 2 === 1 ? "drop" : "fail");
    const id = await post(system, "Laptop");
    expect(await ended(system, id)).toMatchObject({ status: "failed", attempt: 3 });
    const effect = { key: `effect:${id}`, orderId: id, step: "effect", took: 1 };
    // More often than there were attempts: Go's HTTP client itself sends again what has an Idempotency-Key.
    const [{ asked = 0, ...before } = {}] = await recorder.effectsOf(id);
    expect(before).toEqual(effect);
    expect(asked).toBeGreaterThanOrEqual(3);
    recorder.aftermath = () => "answer";
    expect((await system.request(`/orders/${id}/redrive`, { method: "POST" })).status).toBe(200);
    expect(await ended(system, id)).toMatchObject({ status: "completed", attempt: 4 });
    expect(await recorder.effectsOf(id)).toEqual([{ ...effect, asked: asked + 1 }]);
  });
});

/** Of the tests that wait for five deaths or more, in milliseconds. */
const timeout = 240_000;

describe("a worker that is killed by one order again and again", () => {
  // The defaults but for the lease: each death costs one, and with 10 s the test would take minutes.
  const system = useSystem(settings({ LEASE_MS: "2000" }));

  test("takes none of 499 others to their end: that one fails, they are completed", { timeout }, async () => {
    const [poison = "", ...others] = await postAtOnce(system, ["poison:kill", ...Array(499).fill("Laptop")]);
    const failed = await ended(system, poison, 150_000);
    expect(failed).toMatchObject({ status: "failed", attempt: 5, reason: expect.stringContaining("lease expired") });
    expect(count(failed, "processing")).toBe(5);
    const isOver = async () => (await countByStatus(system.database)).completed === 499;
    await until("the others are completed", isOver, 60_000).catch(() => {});
    expect(await countByStatus(system.database)).toEqual({ completed: 499, failed: 1 });
    expect(await completedTwice(system)).toEqual([]);
    const ends = await completedAt(system);
    const figures = ends.map(({ attempt, orders }) => `${orders} at attempt ${attempt}`);
    process.stdout.write(`poison: completed: ${figures.join(", ")}\n`);
    // It did take them with it: else this shows nothing.
    expect(ends.reduce((sum, { attempt, orders }) => sum + (attempt > 1 ? orders : 0), 0)).toBeGreaterThan(400);
    const effects = await recorder.effectsOf();
    for (const id of others) expect(effects.find(({ orderId }) => orderId === id)).toMatchObject({ took: 1 });
  });

  test("or by two: those two fail, and 498 others are completed", { timeout }, async () => {
    const before = await countByStatus(system.database);
    const items = ["poison:kill", "poison:kill", ...Array(498).fill("Laptop")];
    const poisons = (await postAtOnce(system, items)).slice(0, 2);
    for (const id of poisons) expect(await ended(system, id, 200_000)).toMatchObject({ status: "failed", attempt: 5 });
    const all = { completed: (before.completed ?? 0) + 498, failed: (before.failed ?? 0) + 2 };
    const isOver = async () => (await countByStatus(system.database)).completed === all.completed;
    await until("the others are completed", isOver, 60_000).catch(() => {});
    expect(await countByStatus(system.database)).toEqual(all);
    expect(await completedTwice(system)).toEqual([]);
  });
});

/** How many orders were completed at which attempt. */
function completedAt(system: TestSystem): Promise<{ attempt: number; orders: number }[]> {
  return rows(
    system.database,
    "SELECT attempt, COUNT(*) AS orders FROM orders WHERE status = 'completed' GROUP BY attempt ORDER BY attempt",
  );
}

describe("a worker that is killed", () => {
  const system = useSystem(quick(6));

  test("twice among 200 orders, a part of whose answers are lost: each has its effect once", async () => {
    const dropped = new Set<string>();
    let victim: { pid: number; after: number } | undefined;
    recorder.aftermath = ({ orderId, attempt }) => {
      if (victim !== undefined && --victim.after === 0) process.kill(victim.pid, "SIGKILL");
      if (attempt > 1 || !/[0-3]$/.test(orderId)) return "answer";
      dropped.add(orderId);
      return "drop";
    };
    const first = await system.pid("worker");
    victim = { pid: first, after: 40 };
    const ids = await postAtOnce(system, Array(200).fill("Laptop"));
    victim = { pid: await restarted(system, first), after: 40 };
    await restarted(system, victim.pid);
    for (const id of ids) expect(await ended(system, id)).toMatchObject({ status: "completed" });
    const mine = new Set(ids);
    const effects = (await recorder.effectsOf()).filter(({ orderId }) => mine.has(orderId));
    expect(effects).toHaveLength(200);
    expect(effects.filter(({ took }) => took !== 1)).toEqual([]);
    expect(dropped.size).toBeGreaterThan(10);
    for (const { orderId, asked } of effects) if (dropped.has(orderId)) expect(asked).toBeGreaterThan(1);
    expect(await completedTwice(system)).toEqual([]);
  });
});

function completedTwice(system: TestSystem): Promise<unknown[]> {
  return rows(
    system.database,
    "SELECT order_id FROM order_events WHERE status = 'completed' GROUP BY order_id HAVING COUNT(*) > 1",
  );
}
