/** How failures are retried. */
export interface RetryPolicy {
  /** Failures after which an order is `failed`. */
  readonly maxFailures: number;
  /** Upper bound of the first backoff, in milliseconds. */
  readonly baseMs: number;
  /** Upper bound of every backoff, in milliseconds. */
  readonly capMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A failure under this policy is the last one. */
export const noRetries: RetryPolicy = { maxFailures: 0, baseMs: 0, capMs: 0, random: () => 0 };

export const defaultBackoff = { baseMs: 1_000, capMs: 60_000 } as const;

/**
 * How long to wait after the given failure (1 for the first), in whole milliseconds: exponential backoff with full
 * jitter, so that orders which failed together do not come back together.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
 */
export function backoffMs(failures: number, policy: Pick<RetryPolicy, "baseMs" | "capMs" | "random">): number {
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** (failures - 1));
  return Math.floor(policy.random() * ceiling);
}
