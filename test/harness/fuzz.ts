import type { Parameters } from "fast-check";

/** The short run takes the same values every time: a change that breaks nothing does not fail by chance. */
const usualSeed = 1;

/**
 * How a fuzzer runs: with `runs` tries of a fixed seed, or with `FUZZ_FACTOR` times as many of a new seed. A failure
 * prints its seed and path; `FUZZ_SEED` takes that seed again.
 */
export function fuzzing<T = unknown>(runs: number): Parameters<T> {
  const factor = positive("FUZZ_FACTOR") ?? 1;
  const seed = positive("FUZZ_SEED") ?? (factor > 1 ? Date.now() : usualSeed);
  return { numRuns: runs * factor, seed, endOnFailure: false };
}

/** Many times the time that a test has for a short run, in milliseconds. */
export function fuzzTimeout(shortMs: number): number {
  return shortMs * (positive("FUZZ_FACTOR") ?? 1);
}

function positive(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === "") return undefined;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Error(`${name} must be an integer from 1, not "${text}"`);
  return Number(text);
}
