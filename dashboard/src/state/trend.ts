import { type Stats, statuses } from "../api/types.ts";

/** One moment in the plots. Null is what is not known. */
interface TrendPoint {
  /** When the orders were counted, in milliseconds since 1970. */
  readonly at: number;
  readonly total: number;
  readonly completed: number;
  /** Orders a second since the point before. */
  readonly createdRate: number | null;
  readonly completedRate: number | null;
  /** In milliseconds. */
  readonly p50: number | null;
  readonly p95: number | null;
}

/** In the order of time. */
export type Trend = readonly TrendPoint[];

/** How far back the plots go, in milliseconds. */
export const trendMs = 5 * 60_000;

/** Points further apart are not joined: nobody looked in between. */
const gapMs = 15_000;

/** The trend with what was just answered, when that is another count than the latest. */
export function nextTrend(trend: Trend, stats: Stats): Trend {
  const last = trend.at(-1);
  const at = Date.parse(stats.asOf);
  if (last !== undefined && at <= last.at) return trend;
  const point = { ...levels(stats, at), ...rates(last, stats, at) };
  const kept = trend.filter((one) => one.at > at - trendMs);
  const isApart = last !== undefined && at - last.at > gapMs;
  return isApart ? [...kept, { ...point, at: at - 1, ...nothing }, point] : [...kept, point];
}

const nothing = { createdRate: null, completedRate: null, p50: null, p95: null };

function levels(stats: Stats, at: number) {
  const total = statuses.reduce((sum, status) => sum + stats.counts[status], 0);
  const { p50 = null, p95 = null } = stats.latencyMs ?? {};
  return { at, total, completed: stats.counts.completed, p50, p95 };
}

/** Fewer orders than before is the work of the archive, and says nothing about a rate. */
function rates(last: TrendPoint | undefined, stats: Stats, at: number) {
  if (last === undefined) return { createdRate: null, completedRate: null };
  const { total, completed } = levels(stats, at);
  const rate = (from: number, to: number) => (to < from ? null : ((to - from) * 1_000) / (at - last.at));
  return { createdRate: rate(last.total, total), completedRate: rate(last.completed, completed) };
}
