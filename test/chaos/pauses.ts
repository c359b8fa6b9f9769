import type { Account } from "./books.ts";
import type { Happened } from "./inject.ts";

/** The effect of a fault is looked for until so long after it was undone, in milliseconds. */
const aftermathMs = 10_000;

/** When orders were completed, in order, in milliseconds since 1970. */
export function completionTimes(accounts: readonly Account[]): readonly number[] {
  return accounts
    .flatMap(({ history }) => history.flatMap(({ status, at }) => (status === "completed" ? [at] : [])))
    .toSorted((a, b) => a - b);
}

/** When orders were made, in order, in milliseconds since 1970. */
export function creationTimes(accounts: readonly Account[]): readonly number[] {
  return accounts.map(({ createdAt }) => createdAt).toSorted((a, b) => a - b);
}

/** The longest of the times in which none of this happened that a fault can have caused, in milliseconds. */
export function pauseOf({ from, to }: Happened, happenings: readonly number[], end: number): number {
  const until = Math.min(to + aftermathMs, end);
  const within = happenings.filter((at) => at > from && at < until);
  const before = happenings.findLast((at) => at <= from) ?? from;
  const after = happenings.find((at) => at >= until) ?? until;
  return longestGap([before, ...within, after]);
}

/** The longest time from one of these to the next, in milliseconds; 0 of fewer than two. */
export function longestGap(times: readonly number[]): number {
  return times.reduce((longest, at, index) => Math.max(longest, at - (times[index - 1] ?? at)), 0);
}

/** For each order that a killed worker had in work: how long from the kill until it was in work again, in milliseconds. */
export function takeovers(happened: readonly Happened[], accounts: readonly Account[]): readonly number[] {
  const kills = happened.flatMap(({ ended, from }) => ended.map(({ pid, signal }) => ({ pid, signal, from })));
  const killedAt = new Map(
    kills.filter(({ signal }) => signal === "SIGKILL").map(({ pid, from }) => [String(pid), from]),
  );
  return accounts.flatMap(({ history }) =>
    history.flatMap((line, index) => {
      const at = line.status === "processing" ? killedAt.get(pidOf(line.worker)) : undefined;
      const end = history[index + 1];
      // One that was reported although its worker was killed a moment later was not taken over.
      if (at === undefined || end === undefined || end.at < at || !end.reason?.startsWith("lease expired")) return [];
      const again = history.slice(index + 1).find(({ status }) => status === "processing");
      return again === undefined ? [] : [again.at - at];
    }),
  );
}

/** A worker's name ends with its pid and a random part. */
function pidOf(worker: string | null): string {
  return worker?.split("-").at(-2) ?? "";
}
