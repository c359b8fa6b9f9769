import { holdLimit } from "./hold-limit.ts";
import type { AttemptEnd, HistoryEntry, OrderState } from "./order.ts";
import type { RetryPolicy } from "./retry.ts";
import { type OrderEvent, transition } from "./transitions.ts";

/** What a worker says about an order. Everything but a claim carries the attempt that the claim returned. */
export type StatusUpdate =
  | {
      readonly type: "claim";
      readonly workerId: string;
      /** The {@link holdLimit} that the worker has made room for; absent or 0 on the first claim of an order. */
      readonly holdLimit?: number;
    }
  | { readonly type: "renew"; readonly workerId: string; readonly attempt: number }
  | { readonly type: "complete"; readonly workerId: string; readonly attempt: number }
  | {
      readonly type: "fail";
      readonly workerId: string;
      readonly attempt: number;
      readonly reason: string;
      readonly retryable: boolean;
    }
  | { readonly type: "release"; readonly workerId: string; readonly attempt: number };

/** Why an update is refused. */
export type Rejection =
  | "invalid"
  | "not_found"
  | "stale_attempt"
  | "held_by_another_worker"
  | "cancelled"
  | "illegal_transition"
  | "hold_limited";

/** What becomes of an update: `state` is to be stored, and `entry` (absent for a mere renewal) to be told. */
export type Decision =
  | { readonly outcome: "applied"; readonly state: OrderState; readonly entry?: HistoryEntry }
  | { readonly outcome: "duplicate"; readonly state?: OrderState }
  | { readonly outcome: "rejected"; readonly rejection: Rejection; readonly detail: string; readonly limit?: number };

export interface LeasePolicy extends RetryPolicy {
  /** How long a claim or a renewal holds an order, in milliseconds. */
  readonly leaseMs: number;
}

/** Decides what a worker's update makes of an order: claim, lease and fence (D4). Pure. */
export function decideUpdate(state: OrderState, update: StatusUpdate, at: Date, policy: LeasePolicy): Decision {
  return update.type === "claim" ? decideClaim(state, update, at, policy) : decideHeld(state, update, at, policy);
}

type Claim = Extract<StatusUpdate, { type: "claim" }>;

function decideClaim(state: OrderState, claim: Claim, at: Date, policy: LeasePolicy): Decision {
  const { workerId } = claim;
  if (state.status === "processing") {
    // The holder asks again because its first answer was lost: it counts its lease from this call, so begin it anew.
    if (state.workerId === workerId) return { outcome: "duplicate", state: renewed(state, at, policy) };
    return rejected("held_by_another_worker", "another worker holds the order");
  }
  if (state.status === "cancelled") return rejected("cancelled", "the order was cancelled");
  return (
    limited(state, claim, policy) ?? applied(state, { type: "claim", workerId, leaseMs: policy.leaseMs }, at, policy)
  );
}

/**
 * Refuses the claim of an order that was lost with its worker until its worker says that it has made room for it: it is
 * in no worker's hands before, so that a worker that is killed meanwhile does not take it along.
 */
function limited(state: OrderState, claim: Claim, policy: LeasePolicy): Decision | undefined {
  const limit = holdLimit(state, policy);
  const promised = claim.holdLimit ?? 0;
  if (state.status !== "pending" || limit === 0 || (promised > 0 && promised <= limit)) return undefined;
  const detail = `the order was lost with its worker: claim it with hold_limit ${limit} once there is room for it`;
  return { outcome: "rejected", rejection: "hold_limited", detail, limit };
}

const endOf: { readonly [T in "complete" | "fail" | "release"]: AttemptEnd } = {
  complete: "completed",
  fail: "failed",
  release: "released",
};

function decideHeld(
  state: OrderState,
  update: Exclude<StatusUpdate, { type: "claim" }>,
  at: Date,
  policy: LeasePolicy,
): Decision {
  const isLatest = state.attempt === update.attempt && state.workerId === update.workerId;
  if (state.status !== "processing") {
    if (isLatest && update.type !== "renew" && state.attemptEnd === endOf[update.type]) return { outcome: "duplicate" };
    if (state.status === "cancelled") return rejected("cancelled", "the order was cancelled");
  }
  if (state.status !== "processing" || state.attempt !== update.attempt) {
    return rejected(
      "stale_attempt",
      `attempt ${update.attempt} is over; the order is ${state.status} at attempt ${state.attempt}`,
    );
  }
  if (!isLatest) return rejected("held_by_another_worker", "another worker holds the order");
  if (update.type === "renew") return { outcome: "applied", state: renewed(state, at, policy) };
  return applied(state, update, at, policy);
}

function applied(state: OrderState, event: OrderEvent, at: Date, policy: LeasePolicy): Decision {
  const result = transition(state, event, at, policy);
  if ("illegal" in result) return rejected("illegal_transition", result.illegal);
  return { outcome: "applied", ...result };
}

/** Touches neither `updatedAt` nor the history: a renewal is no change of state. */
function renewed(state: OrderState, at: Date, policy: LeasePolicy): OrderState {
  return { ...state, dueAt: new Date(at.getTime() + policy.leaseMs) };
}

function rejected(rejection: Rejection, detail: string): Decision {
  return { outcome: "rejected", rejection, detail };
}
