import type { Fault } from "./faults.ts";
import { allLinks, type Cast, kinds } from "./kinds.ts";
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

/** The time from one fault to the next unless told otherwise: some of them last longer, so faults meet. */
const usualGap: Gap = { leastMs: 4_000, mostMs: 8_000 };

/** Between the beginnings of two faults, in milliseconds. */
interface Gap {
  readonly leastMs: number;
  readonly mostMs: number;
}

/**
 * Plans the faults of a run: the same seed, duration, cast and kinds give the same plan. Every kind comes before any
 * comes again.
 */
export function plan(
  seed: number,
  seconds: number,
  names: readonly string[],
  cast: Cast,
  gap = usualGap,
): readonly PlannedFault[] {
  const random = randomOf(seed);
  const [nextKind, nextLink] = [dealer(random, names), dealer(random, allLinks(cast))];
  const planned: PlannedFault[] = [];
  for (let atMs = quietStartMs; atMs < seconds * 1_000 - quietEndMs; atMs += between(random, gap.leastMs, gap.mostMs)) {
    const kind = nextKind();
    const choose = kinds.get(kind);
    if (choose === undefined) throw new Error(`there is no fault ${kind}: there are ${[...kinds.keys()].join(", ")}`);
    planned.push({ number: planned.length + 1, atMs, kind, fault: choose({ random, cast, nextLink }) });
  }
  return planned;
}

/** Deals items, each before any comes again. */
function dealer<T>(random: () => number, items: readonly T[]): () => T {
  let deck: T[] = [];
  return () => {
    if (deck.length === 0) deck = shuffled(random, items);
    const [next] = deck.splice(-1);
    if (next === undefined) throw new Error("there is nothing to deal");
    return next;
  };
}
