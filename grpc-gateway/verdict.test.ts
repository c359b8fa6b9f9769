import { describe, expect, test } from "vitest";
import { type Facts, judge } from "./verdict.ts";

const healthy: Facts = {
  isServing: true,
  relay: { mysql: "ok", redis: "ok", failing: [] },
  relayIdleMs: 900,
  relayIntervalMs: 1_000,
  callsStalledMs: 0,
};
const ok = { mysql: "ok", redis: "ok", serving: "true", relay: "ok", calls: "ok" };

describe("the verdict on a gateway", () => {
  test.each<[string, Partial<Facts>, { isLive: boolean; isReady: boolean }, Record<string, string>]>([
    ["that is well", {}, { isLive: true, isReady: true }, {}],
    ["that does not serve", { isServing: false }, { isLive: true, isReady: false }, { serving: "false" }],
    [
      "that does not serve yet, and whose relay has not begun",
      { isServing: false, relayIdleMs: 99_000, relay: { mysql: undefined, redis: undefined, failing: [] } },
      { isLive: true, isReady: false },
      { serving: "false", mysql: "not seen yet", redis: "not seen yet" },
    ],
    [
      "without MySQL",
      { relay: { mysql: "away", redis: "ok", failing: [] } },
      { isLive: true, isReady: false },
      { mysql: "away" },
    ],
    [
      "without Redis",
      { relay: { mysql: "ok", redis: "away", failing: [] } },
      { isLive: true, isReady: true },
      { redis: "away" },
    ],
    [
      "with a repair that fails",
      { relay: { mysql: "ok", redis: "ok", failing: ["due", "tidy"] } },
      { isLive: true, isReady: true },
      { relay: "failing: due, tidy" },
    ],
    ["whose calls are slow", { callsStalledMs: 10_000 }, { isLive: true, isReady: true }, {}],
    [
      "whose calls are not answered",
      { callsStalledMs: 12_000 },
      { isLive: true, isReady: false },
      { calls: "none was answered for 12 s" },
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
      "whose relay rests for long",
      { relayIdleMs: 60_000, relayIntervalMs: 60_000 },
      { isLive: true, isReady: true },
      {},
    ],
  ])("%s", (_, facts, verdict, checks) => {
    expect(judge({ ...healthy, ...facts })).toEqual({ ...verdict, checks: { ...ok, ...checks } });
  });
});
