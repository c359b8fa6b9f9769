import type { OrderState } from "./order.ts";
import type { RetryPolicy } from "./retry.ts";

/** Begins the reason of a failure by an expired lease, and of no other that this system writes. */
export const expiryPrefix = "lease expired: ";

/** The limit after the first loss: a worker's default concurrency, so that by default it bounds nothing yet. */
const widest = 1_000;

/**
 * How many orders that were lost with their worker one worker may hold together with an order that was, itself
 * included, counting those with a limit as small or smaller; with a limit of 1 it may hold no other such order at all.
 * 0: no limit, for orders whose last failure was not the loss of their worker.
 *
 * It finds out which of many orders kills its workers, as group testing does: the groups shrink geometrically with each
 * loss, from {@link widest} to one at the last chance.
 */
export function holdLimit(
  { failures, reason }: Pick<OrderState, "failures" | "reason">,
  { maxFailures }: Pick<RetryPolicy, "maxFailures">,
): number {
  if (failures === 0 || !reason?.startsWith(expiryPrefix)) return 0;
  const left = maxFailures - 1 - failures;
  if (left <= 0) return 1;
  // Less the error of floating-point arithmetic: 1000 to the power of 2/3 is 100, not a little more.
  return Math.ceil(widest ** (left / (maxFailures - 2)) - 1e-9);
}
