import { type Cast, type Fault, kinds } from "./faults.ts";
import { between, randomOf, shuffled } from "./random.ts";

/** A fault and its time. */
export interface PlannedFault {
  /** Counted from 1. */
  readonly number: number;
  /** Milliseconds from the beginning of the load. */
  readonly atMs: number;
  readonly kind: string;
  readonly fault: Fault;
}

/** Time for the load to become steady, and for the last fault to be seen through, in milliseconds. */
const quietStartMs = 3_000;
const quietEndMs = 5_000;

/** The time from one fault to the next, in milliseconds: some of them last longer, so faults meet. */
const leastGapMs = 4_000;
const mostGapMs = 8_000;

/**
 * Plans the faults of a run: the same seed, duration, cast and kinds give the same plan. Every kind comes before any
 * comes again.
 */
export function plan(seed: number, seconds: number, names: readonly string[], cast: Cast): readonly PlannedFault[] {
  const random = randomOf(seed);
  const planned: PlannedFault[] = [];
  let deck: string[] = [];
  for (let atMs = quietStartMs; atMs < seconds * 1_000 - quietEndMs; atMs += between(random, leastGapMs, mostGapMs)) {
    if (deck.length === 0) deck = shuffled(random, names);
    const kind = deck.pop() ?? "";
    const choose = kinds.get(kind);
    if (choose === undefined) throw new Error(`there is no fault ${kind}: there are ${[...kinds.keys()].join(", ")}`);
    planned.push({ number: planned.length + 1, atMs, kind, fault: choose(random, cast) });
  }
  return planned;
}
