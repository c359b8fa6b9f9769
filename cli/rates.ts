import type { Stats } from "../core/api/documents.ts";

/** Orders a second. */
export interface Rates {
  readonly created: number;
  readonly completed: number;
}

/** How many seconds back the rates look at most: long enough for the counts to have been made anew, which are up to 5 s old. */
const windowMs = 10_000;

/** Tells from the counts of several moments how fast orders come and are completed. */
export class RateMeter {
  #seen: readonly Stats[] = [];

  /** Takes new counts; undefined until there were two that differ in time. */
  rates(stats: Stats): Rates | undefined {
    const last = this.#seen.at(-1);
    if (last?.asOf !== stats.asOf) {
      const from = Date.parse(stats.asOf) - windowMs;
      // The two newest are kept however old they are: counts may come seldom.
      this.#seen = [...this.#seen.filter((one) => one === last || Date.parse(one.asOf) >= from), stats];
    }
    const [first] = this.#seen;
    const elapsed = first === undefined ? 0 : (Date.parse(stats.asOf) - Date.parse(first.asOf)) / 1_000;
    if (first === undefined || elapsed <= 0) return undefined;
    // Archived orders are in no count any more.
    const perSecond = (of: (one: Stats) => number) => Math.max(0, (of(stats) - of(first)) / elapsed);
    return { created: perSecond(total), completed: perSecond(({ counts }) => counts.completed) };
  }
}

function total({ counts }: Stats): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
