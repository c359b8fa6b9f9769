import { type Account, linesBecause } from "./books.ts";
import type { Happened } from "./inject.ts";
import type { Logged } from "./logs.ts";

/** What was seen in a run. */
export interface Seen {
  readonly accounts: readonly Account[];
  readonly happened: readonly Happened[];
  /** How many orders were answered with 201. */
  readonly acknowledged: number;
  /** Tries that were not, by status; 0 where no answer came. */
  readonly failures: ReadonlyMap<number, number>;
  readonly cancellations: ReadonlyMap<number, number>;
  readonly logged: Logged;
  /** How many effects took place outside, and how often they were asked for. */
  readonly effects: number;
  readonly asked: number;
  /** How many orders had failed, and were given another round. */
  readonly redriven: number;
  /** How long after the last fault the last order ended, in milliseconds. */
  readonly settledMs: number;
  /** From a worker's kill to each of its orders in work again, in milliseconds. */
  readonly takeovers: readonly number[];
}

/** What a run has shown. */
export interface ChaosResult extends Seen {
  /** Everything that is wrong; empty when the promise was kept. */
  readonly problems: readonly string[];
}

/** Faults of which no trace is found: a run with them shows nothing. */
export function toothless(seen: Seen): readonly string[] {
  const isDone = (...kinds: string[]) =>
    seen.happened.some(({ planned, failure }) => failure === undefined && kinds.includes(planned.kind));
  return [
    ...(isDone("freeze-worker", "isolate-worker", "kill-workers") && linesBecause(seen.accounts, "lease expired") === 0
      ? ["toothless: workers were killed, frozen or cut off, and no lease expired"]
      : []),
    ...(isDone("flush-redis", "fill-redis") && seen.logged.reenqueued === 0
      ? ["toothless: the queue lost orders, and none was enqueued again"]
      : []),
  ];
}
