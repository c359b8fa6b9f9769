import type { LeasePolicy } from "../../core/domain/status-update.ts";

export const msPerTick = 1_000;

/** A lease, in ticks. */
export const leaseTicks = 2;

/** Two failures, so that an order that was lost once is at its last chance. */
export const policy: LeasePolicy = {
  leaseMs: leaseTicks * msPerTick,
  maxFailures: 2,
  baseMs: 2 * msPerTick,
  capMs: 2 * msPerTick,
  random: () => 0.5,
};
