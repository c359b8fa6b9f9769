import { expect, test } from "vitest";
import { goalsOf } from "./goals.ts";
import { around, madeUp } from "./made-up.ts";
import { type Goal, type Measured, type SystemResults, sampleOf } from "./results.ts";

const bare: Measured = { ...madeUp, systems: [], raw: undefined, own: {} };

function goal(run: Measured, what: string): Goal {
  return goalsOf(run).find((one) => one.what === what) ?? expect.fail(`no goal ${what}`);
}

/** The made-up run with other figures of some systems. */
function changed(changes: Readonly<Record<string, Partial<SystemResults>>>): Measured {
  return { ...madeUp, systems: madeUp.systems.map((one) => ({ ...one, ...changes[one.name] })) };
}

function drained(rate: number): Partial<SystemResults> {
  return { drain: { perSecond: sampleOf([rate]), completed: sampleOf([30_000]), seconds: sampleOf([10]) } };
}

test("a run that reached everything met every goal", () => {
  const goals = goalsOf(madeUp);
  expect(goals).toHaveLength(15);
  expect(goals.filter(({ isMet }) => !isMet)).toEqual([]);
});

test("what was not measured is not met, be it asked for as at least or at most", () => {
  for (const one of goalsOf(bare)) expect(one).toEqual({ what: one.what, wanted: one.wanted, isMet: false });
});

test("a peer that was left out, or that drained nothing, leaves its goal unmeasured", () => {
  const without = { ...madeUp, systems: madeUp.systems.filter(({ name }) => name !== "asynq") };
  expect(goal(without, "drain against asynq").measured).toBeUndefined();
  expect(goal(without, "drain against bullmq").isMet).toBe(true);
  expect(goal(changed({ asynq: drained(0) }), "drain against asynq")).toMatchObject({ isMet: false });
  expect(goal(changed({ asynq: drained(0) }), "drain against asynq").measured).toBeUndefined();
});

test("the drain is compared with both of naive's variants, and judged by the tutorial's", () => {
  const run = changed({ orders: drained(8_000), "naive 1": drained(100), "naive 50": drained(800) });
  expect(goal(run, "drain against naive 1")).toMatchObject({
    wanted: "≥ 80 ×",
    measured: "80.0 × (against naive 50: 10.0 ×)",
    isMet: true,
  });
  expect(goal(changed({ orders: drained(8_000), "naive 1": drained(101) }), "drain against naive 1").isMet).toBe(false);
});

test("a goal that is missed by little is not told as if it were met", () => {
  const run = {
    ...madeUp,
    raw: { drainPerSecond: sampleOf([100_000]) },
    systems: changed({ orders: drained(74_999) }).systems,
  };
  expect(goal(run, "drain against raw SQL")).toMatchObject({ measured: "74.999 %", isMet: false });
});

test("the ratio is that of the medians, and those of the rounds are noted", () => {
  const own = { drain: { ...drained(1).drain!, perSecond: sampleOf([900, 1_000, 2_400]) } };
  const peer = { drain: { ...drained(1).drain!, perSecond: sampleOf([100, 50, 200]) } };
  expect(goal(changed({ orders: own, bullmq: peer }), "drain against bullmq")).toMatchObject({
    measured: "10.0 ×",
    note: "by round 9.00–20.0",
    isMet: true,
  });
});

test("creates are compared with the better of naive's variants, and do not count when requests fail", () => {
  const latencyMs = { p50: around(1), p95: around(2), p99: around(3) };
  const creates = (rate: number, failed = 0) => ({ creates: { perSecond: sampleOf([rate]), latencyMs, failed } });
  const peers = { "naive 1": creates(1_000), "naive 50": creates(1_100) };
  const what = "POST /orders against naive's Express";
  expect(goal(changed({ ...peers, orders: creates(1_320) }), what)).toMatchObject({ measured: "1.20 ×", isMet: true });
  expect(goal(changed({ ...peers, orders: creates(1_300) }), what)).toMatchObject({ measured: "1.18 ×", isMet: false });
  expect(goal(changed({ ...peers, orders: creates(9_000, 3) }), what)).toMatchObject({
    isMet: false,
    note: "3 requests failed",
  });
});

test.each<[string, Measured["own"], string]>([
  [
    "handler alone against bare INSERT and XADD",
    { handler: { handlerMs: 2, bareMs: 1.5, ratio: 1.34 } },
    "1.34 × (2.00 ms, bare 1.50 ms)",
  ],
  ["orders by POST /orders/batch", { batch: { ordersPerSecond: 14_999.9 } }, "14,999.9/s"],
  ["cold start of a handler", { coldStart: { medianMs: 81, maxMs: 99 } }, "81.0 ms (at most 99.0 ms)"],
  ["largest bundle, minified", { bundle: { largest: { name: "getOrder", bytes: 1_572_864 } } }, "1.50 MiB (getOrder)"],
  ["Redis' CPU an order", { redis: { cpuMicrosPerOrder: 4.2 } }, "4.20 µs"],
  ["worker's peak memory", { memory: { workerMiB: 61, gatewayMiB: 0 } }, "61.0 MiB"],
  ["gateway's peak memory", { memory: { workerMiB: 0, gatewayMiB: 181 } }, "181 MiB"],
])("a shortfall of %s is one", (what, own, measured) => {
  expect(goal({ ...bare, own }, what)).toMatchObject({ measured, isMet: false });
});
