/**
 * The watermark W says up to when the queue has certainly been worked off: a pending order that became due before W,
 * less a margin, has lost its queue entry (D3).
 *
 * One observation is MySQL's time, read first, less the age of the oldest entry that was not delivered yet. W is the
 * lowest value observed from one grace period ago until now: the look-back covers the time between an entry's delivery
 * and the claim of its order. Times of two clocks are never compared: an age is a difference by Redis' clock alone.
 */
export interface Observation {
  /** When it was made, in milliseconds of a monotonic clock. */
  readonly at: number;
  /** MySQL's time less the age of the oldest undelivered entry, in milliseconds since the Unix epoch. */
  readonly value: number;
}

/** Covers the time between a row's commit and its queue entry, in milliseconds. */
export const enqueueMarginMs = 1_000;

/** Adds an observation and forgets those that no later watermark can need. */
export function observe(
  observations: readonly Observation[],
  latest: Observation,
  graceMs: number,
): readonly Observation[] {
  return [...withinLookBack(observations, latest.at, graceMs), latest];
}

/**
 * The watermark in milliseconds since the Unix epoch; null while the observations do not reach back a whole grace
 * period, as after a start or an outage of Redis: then nothing may be called lost.
 */
export function watermark(observations: readonly Observation[], now: number, graceMs: number): number | null {
  const used = withinLookBack(observations, now, graceMs);
  const [oldest] = used;
  if (oldest === undefined || oldest.at > now - graceMs) return null;
  return Math.min(...used.map((observation) => observation.value));
}

/** Pending orders that became due before this time have lost their entry, in milliseconds since the Unix epoch. */
export function lostBefore(observations: readonly Observation[], now: number, graceMs: number): number | null {
  const value = watermark(observations, now, graceMs);
  return value === null ? null : value - enqueueMarginMs;
}

/** The observations of the last grace period, and the one before them, which holds where they begin. */
function withinLookBack(observations: readonly Observation[], now: number, graceMs: number): readonly Observation[] {
  const first = observations.findLastIndex((observation) => observation.at <= now - graceMs);
  return observations.slice(Math.max(first, 0));
}
