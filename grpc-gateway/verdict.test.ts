import { describe, expect, test } from "vitest";
import { silent } from "../test/harness/gateway.ts";
import { AwakeClock } from "./awake-clock.ts";
import { CallWatch } from "./call-watch.ts";
import { RelayMonitor } from "./relay-health.ts";
import { type Facts, isStuck, judge } from "./verdict.ts";

const healthy: Facts = {
  isServing: true,
  relay: { mysql: "ok", redis: "ok", failing: [], slow: [] },
  relayIdleMs: 900,
  relayIntervalMs: 1_000,
  callsStalledMs: 0,
  brokenMs: 0,
};
const ok = { mysql: "ok", redis: "ok", serving: "true", relay: "ok", calls: "ok", connections: "ok" };
const failing = (...steps: [string, number][]) => ({
  relay: { ...healthy.relay, failing: steps.map(([name, forMs]) => ({ name, forMs })) },
});

const slow = (name: string, forMs: number) => ({ relay: { ...healthy.relay, slow: [{ name, forMs }] } });

describe("the verdict on a gateway", () => {
  test.each<[string, Partial<Facts>, { isLive: boolean; isReady: boolean }, Record<string, string>]>([
    ["that is well", {}, { isLive: true, isReady: true }, {}],
    ["that does not serve", { isServing: false }, { isLive: true, isReady: false }, { serving: "false" }],
    [
      "that does not serve yet, and whose relay has not begun",
      { isServing: false, relayIdleMs: 99_000, relay: { mysql: undefined, redis: undefined, failing: [], slow: [] } },
      { isLive: true, isReady: false },
      { serving: "false", mysql: "not seen yet", redis: "not seen yet" },
    ],
    [
      "without MySQL",
      { relay: { mysql: "away", redis: "ok", failing: [], slow: [] } },
      { isLive: true, isReady: false },
      { mysql: "away" },
    ],
    [
      "without Redis",
      { relay: { mysql: "ok", redis: "away", failing: [], slow: [] } },
      { isLive: true, isReady: true },
      { redis: "away" },
    ],
    [
      "with repairs that fail",
      failing(["due", 0], ["tidy", 15_000]),
      { isLive: true, isReady: true },
      { relay: "failing: due, tidy" },
    ],
    [
      "with a repair that fails again and again",
      failing(["due", 0], ["tidy", 16_000]),
      { isLive: true, isReady: false },
      { relay: "failing: due, tidy for 16 s" },
    ],
    ["whose calls are slow", { callsStalledMs: 10_000 }, { isLive: true, isReady: true }, {}],
    [
      "whose calls are not answered",
      { callsStalledMs: 12_000 },
      { isLive: true, isReady: false },
      { calls: "none was answered for 12 s" },
    ],
    [
      "whose calls are not answered for long",
      { callsStalledMs: 99_000, brokenMs: 60_000 },
      { isLive: true, isReady: false },
      { calls: "none was answered for 99 s" },
    ],
    [
      "whose calls are not answered though MySQL is there",
      { callsStalledMs: 72_000, brokenMs: 61_000 },
      { isLive: false, isReady: false },
      { calls: "none was answered for 72 s", connections: "get nothing done while new ones do, for 61 s" },
    ],
    [
      "that takes MySQL for away though it is there",
      { relay: { ...healthy.relay, mysql: "away" }, brokenMs: 61_000 },
      { isLive: false, isReady: false },
      { mysql: "away", connections: "get nothing done while new ones do, for 61 s" },
    ],
    [
      "that stops while its connections hang",
      { isServing: false, brokenMs: 61_000 },
      { isLive: true, isReady: false },
      { serving: "false" },
    ],
    ["whose relay is slow", { relayIdleMs: 16_000 }, { isLive: true, isReady: true }, {}],
    [
      "whose relay does not get on",
      { relayIdleMs: 17_000 },
      { isLive: true, isReady: false },
      { relay: "stuck for 16 s" },
    ],
    [
      "whose relay will not get on",
      { relayIdleMs: 32_000 },
      { isLive: false, isReady: false },
      { relay: "stuck for 31 s" },
    ],
    [
      "whose relay is too slow, while workers are served",
      slow("due", 60_000),
      { isLive: true, isReady: true },
      {
        relay: "too slow, although MySQL answers: due for 60 s; look for long transactions (npm run orders -- doctor)",
      },
    ],
    [
      "whose relay rests for long",
      { relayIdleMs: 60_000, relayIntervalMs: 60_000 },
      { isLive: true, isReady: true },
      {},
    ],
  ])("%s", (_, facts, verdict, checks) => {
    expect(judge({ ...healthy, ...facts })).toEqual({ ...verdict, checks: { ...ok, ...checks } });
  });
});

describe("those who use MySQL", () => {
  test.each<[string, Partial<Facts>, boolean]>([
    ["get on", {}, false],
    ["have not begun", { relay: { ...healthy.relay, mysql: undefined } }, false],
    ["find it too slow for a step of the relay", slow("due", 60_000), false],
    ["find it away", { relay: { ...healthy.relay, mysql: "away" } }, true],
    ["are slow", { callsStalledMs: 10_000 }, false],
    ["answer no call", { callsStalledMs: 10_001 }, true],
  ])("%s", (_, facts, stuck) => {
    expect(isStuck({ ...healthy, ...facts })).toBe(stuck);
  });
});

describe("a gateway that was frozen", () => {
  test("is not called idle for that time, but for the time before and after it", () => {
    let at = 1_000_000;
    const clock = new AwakeClock(() => at);
    const calls = new CallWatch(() => clock.now());
    const monitor = new RelayMonitor(
      silent,
      () => {},
      () => clock.now(),
    );
    void calls.track(() => new Promise(() => {}));
    const verdictAfter = (ms: number) => {
      at += ms;
      return judge({
        ...healthy,
        relayIdleMs: clock.now() - monitor.health.lastProgressAt,
        callsStalledMs: calls.stalledMs,
      });
    };
    expect(verdictAfter(60_000)).toMatchObject({ isLive: true, isReady: true });
    for (let second = 3; second <= 31; second++) expect(verdictAfter(1_000)).toMatchObject({ isLive: true });
    expect(verdictAfter(2_000)).toMatchObject({ isLive: false, checks: { calls: "none was answered for 33 s" } });
  });
});
