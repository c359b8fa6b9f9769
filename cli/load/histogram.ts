import { duration } from "../../core/domain/words.ts";
import { grouped } from "../output.ts";

/** 1, 2, 5, 10, 20 … milliseconds. */
const bounds = Array.from({ length: 8 }, (_, index) => [1, 2, 5].map((digit) => digit * 10 ** index)).flat();
const barWidth = 40;

/** How many of the latencies, in milliseconds, are up to 1, 2, 5, 10 … ms, as bars of text. */
export function histogram(latencies: readonly number[]): readonly string[] {
  const counts = new Map<number, number>();
  for (const ms of latencies) {
    const index = bounds.findIndex((bound) => ms <= bound);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  const most = Math.max(0, ...counts.values());
  const first = Math.min(...counts.keys());
  const last = Math.max(...counts.keys());
  return bounds.flatMap((bound, index) => {
    if (index < first || index > last) return [];
    const number = counts.get(index) ?? 0;
    // Even one of a million is seen.
    const bar = "█".repeat(Math.ceil((number / most) * barWidth));
    return [`${`≤ ${duration(bound)}`.padStart(12)}  ${bar.padEnd(barWidth)}  ${grouped(number).padStart(9)}`];
  });
}
