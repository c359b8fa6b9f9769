import { describe, expect, it } from "vitest";
import type { Stats } from "../api/types.ts";
import { nextTrend, type Trend, trendMs } from "./trend.ts";

const begin = Date.UTC(2026, 10, 28, 12);

/** What the API answers so many milliseconds after the beginning. */
function statsAt(ms: number, counts: Partial<Stats["counts"]>, latencyMs?: Stats["latencyMs"]): Stats {
  const none = { scheduled: 0, pending: 0, processing: 0, completed: 0, failed: 0, cancelled: 0 };
  return {
    counts: { ...none, ...counts },
    asOf: new Date(begin + ms).toISOString(),
    ...{ queueDepth: 0, oldestPendingAgeMs: 0, workers: [] },
    ...(latencyMs !== undefined && { latencyMs }),
  };
}

const trendOf = (...answers: Stats[]) => answers.reduce<Trend>(nextTrend, []);
const ratesOf = (trend: Trend) => trend.map(({ createdRate, completedRate }) => [createdRate, completedRate]);

describe("the trend", () => {
  it("tells rates by what was counted and when, none of the first count", () => {
    const trend = trendOf(
      statsAt(0, { pending: 10 }),
      statsAt(2_000, { pending: 20, completed: 10 }),
      statsAt(5_000, { completed: 30 }),
    );
    expect(ratesOf(trend)).toEqual([
      [null, null],
      [10, 5],
      [0, 20 / 3],
    ]);
  });

  it("does not take the same count twice", () => {
    const first = trendOf(statsAt(0, { pending: 10 }));
    expect(nextTrend(first, statsAt(0, { pending: 10 }))).toBe(first);
    expect(nextTrend(first, statsAt(-1_000, { pending: 9 }))).toBe(first);
  });

  it("knows no rate where orders went into the archive", () => {
    const trend = trendOf(statsAt(0, { completed: 100 }), statsAt(1_000, { completed: 40, pending: 1 }));
    expect(ratesOf(trend).at(-1)).toEqual([null, null]);
  });

  it("leaves a gap where nobody looked", () => {
    const latency = { orders: 9, p50: 5, p95: 9, p99: 9 };
    const trend = trendOf(statsAt(0, {}, latency), statsAt(60_000, { completed: 60 }, latency));
    expect(trend.map(({ at, completedRate, p50 }) => [at - begin, completedRate, p50])).toEqual([
      [0, null, 5],
      [59_999, null, null],
      [60_000, 1, 5],
    ]);
  });

  it("forgets what is older than the plots go back", () => {
    const answers = Array.from({ length: 400 }, (_, index) => statsAt(index * 1_000, {}));
    const trend = trendOf(...answers);
    expect([trend.length, (trend.at(-1)?.at ?? 0) - (trend[0]?.at ?? 0)]).toEqual([trendMs / 1_000, trendMs - 1_000]);
  });
});
