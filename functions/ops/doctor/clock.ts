import { type Check, check, duration, type Subject } from "./check.ts";

/** How far another clock is from ours. */
export interface Skew {
  /** Positive when the other clock is ahead, in milliseconds. */
  readonly skewMs: number;
  /** The true skew is this much less or more at most: half of the round trip, and the clocks' own resolution. */
  readonly uncertaintyMs: number;
}

/** How far a clock may be from ours until it is told of, and until it is a failure, in milliseconds. */
export interface SkewLimits {
  readonly warnMs: number;
  readonly failMs: number;
}

const samples = 5;
const resolutionMs = 1;

/** Compares a clock with ours: of some looks, the one with the shortest round trip tells most (as in NTP, RFC 5905). */
export async function measureSkew(readMs: () => Promise<number>, now: () => number = Date.now): Promise<Skew> {
  let best: Skew | undefined;
  for (let sample = 0; sample < samples; sample++) {
    const asked = now();
    const theirs = await readMs();
    const answered = now();
    const uncertaintyMs = Math.max(0, answered - asked) / 2 + resolutionMs;
    if (best !== undefined && best.uncertaintyMs <= uncertaintyMs) continue;
    best = { skewMs: theirs - (asked + answered) / 2, uncertaintyMs };
  }
  return best as Skew;
}

/** Only what is beyond doubt counts: a slow network is no skew. */
export function checkSkew(subject: Subject, { skewMs, uncertaintyMs }: Skew, { warnMs, failMs }: SkewLimits): Check {
  const certainMs = Math.max(0, Math.abs(skewMs) - uncertaintyMs);
  const status = certainMs > failMs ? "fail" : certainMs > warnMs ? "warn" : "ok";
  const direction = skewMs < 0 ? "behind" : "ahead";
  return check(subject, status, `${duration(Math.abs(skewMs))} ${direction}, ± ${duration(uncertaintyMs)}`);
}
