import { effect, signal } from "@preact/signals";
import { getHealth, getStats } from "../api/client.ts";
import { noteSystemTime } from "./clock.ts";
import { startPoll } from "./poll.ts";
import { nextTrend, type Trend } from "./trend.ts";

/** How the system is, on every page. */
export const stats = startPoll(getStats, () => 1_000);

export const health = startPoll(getHealth, () => 5_000);

/** What the plots show. */
export const trend = signal<Trend>([]);

effect(() => {
  const { data, at } = stats.known.value;
  if (data === undefined || at === undefined) return;
  noteSystemTime(Date.parse(data.asOf), at);
  trend.value = nextTrend(trend.peek(), data);
});

/** Forgets it, as when another one looks from now on. */
export function forgetLive(): void {
  stats.forget();
  health.forget();
  trend.value = [];
}
