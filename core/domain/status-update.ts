import type { AttemptEnd, HistoryEntry, OrderState } from "./order.ts";
import type { RetryPolicy } from "./retry.ts";
import { type OrderEvent, transition } from "./transitions.ts";

/** What a worker says about an order. Everything but a claim carries the attempt that the claim returned. */
export type StatusUpdate =
  | { readonly type: "claim"; readonly workerId: string }
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
  | "illegal_transition";

/** What becomes of an update: `state` is to be stored, and `entry` (absent for a mere renewal) to be told. */
export type Decision =
  | { readonly outcome: "applied"; readonly state: OrderState; readonly entry?: HistoryEntry }
  | { readonly outcome: "duplicate"; readonly state?: OrderState }
  | { readonly outcome: "rejected"; readonly rejection: Rejection; readonly detail: string };

export interface LeasePolicy extends RetryPolicy {
  /** How long a claim or a renewal holds an order, in milliseconds. */
  readonly leaseMs: number;
}

/** Decides what a worker's update makes of an order: claim, lease and fence (D4). Pure. */
export function decideUpdate(state: OrderState, update: StatusUpdate, at: Date, policy: LeasePolicy): Decision {
  return update.type === "claim"
    ? decideClaim(state, update.workerId, at, policy)
    : decideHeld(state, update, at, policy);
}

function decideClaim(state: OrderState, workerId: string, at: Date, policy: LeasePolicy): Decision {
  if (state.status === "processing") {
    // The holder asks again because its first answer was lost: it counts its lease from this call, so begin it anew.
    if (state.workerId === workerId) return { outcome: "duplicate", state: renewed(state, at, policy) };
    return rejected("held_by_another_worker", "another worker holds the order");
  }
  if (state.status === "cancelled") return rejected("cancelled", "the order was cancelled");
  return applied(state, { type: "claim", workerId, leaseMs: policy.leaseMs }, at, policy);
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
