import { expiryPrefix } from "./hold-limit.ts";
import { type AttemptEnd, cutReason, type HistoryEntry, type OrderState, type OrderStatus } from "./order.ts";
import { backoffMs, noRetries, type RetryPolicy } from "./retry.ts";

/** What can happen to an order. */
export type OrderEvent =
  /** Its time has come: a runAt or a backoff is over. */
  | { readonly type: "due" }
  /** A worker takes it under a lease. */
  | { readonly type: "claim"; readonly workerId: string; readonly leaseMs: number }
  /** Its worker is done. */
  | { readonly type: "complete" }
  /** Its worker could not do it. */
  | { readonly type: "fail"; readonly reason: string; readonly retryable: boolean }
  /** Its worker gives it back unfinished. */
  | { readonly type: "release" }
  /** Its worker was not heard of before the lease ended. */
  | { readonly type: "expire" }
  /** Its owner does not want it any more. */
  | { readonly type: "cancel" }
  /** An operator gives it another round of attempts. */
  | { readonly type: "redrive" };

export const orderEventTypes = [
  "due",
  "claim",
  "complete",
  "fail",
  "release",
  "expire",
  "cancel",
  "redrive",
] as const satisfies readonly OrderEvent["type"][];

/** What an event does to an order, in words. */
const deeds: { readonly [T in OrderEvent["type"]]: string } = {
  due: "become due",
  claim: "be claimed",
  complete: "be completed",
  fail: "fail",
  release: "be released",
  expire: "expire",
  cancel: "be cancelled",
  redrive: "be redriven",
};

/** The state that an event leads to, and the line it adds to the history. */
export interface Transition {
  readonly state: OrderState;
  readonly entry: HistoryEntry;
}

/** Why an event cannot happen to an order. */
export interface IllegalTransition {
  readonly illegal: string;
}

type EventOf<T extends OrderEvent["type"]> = Extract<OrderEvent, { type: T }>;
type Changes = Partial<Omit<OrderState, "version" | "updatedAt">> & { readonly status: OrderStatus };
type Move<T extends OrderEvent["type"]> = (
  state: OrderState,
  event: EventOf<T>,
  at: Date,
  policy: RetryPolicy,
) => Changes;

/** The one table of what may happen when. What is not in it is illegal. */
const table: { readonly [S in OrderStatus]: { readonly [T in OrderEvent["type"]]?: Move<T> } } = {
  scheduled: { due: enqueue, cancel },
  pending: { claim, cancel },
  processing: { complete, fail, release, expire },
  completed: {},
  failed: { redrive },
  cancelled: {},
};

/** The events that are legal in a status. */
export function legalEvents(status: OrderStatus): readonly OrderEvent["type"][] {
  return orderEventTypes.filter((type) => table[status][type] !== undefined);
}

/**
 * Decides what an event makes of an order. Pure: the same arguments give the same answer.
 *
 * @param at when it happens, by MySQL's clock; the new state never goes back behind the old one's `updatedAt`
 * @param policy what becomes of failures; needed for `fail` and `expire`
 */
export function transition(
  state: OrderState,
  event: OrderEvent,
  at: Date,
  policy: RetryPolicy = noRetries,
): Transition | IllegalTransition {
  const move = table[state.status][event.type] as Move<OrderEvent["type"]> | undefined;
  if (move === undefined) return { illegal: `an order that is ${state.status} cannot ${deeds[event.type]}` };
  const next: OrderState = {
    ...state,
    ...move(state, event, at, policy),
    version: state.version + 1,
    updatedAt: historyTime(state, at),
  };
  return { state: next, entry: historyEntry(next, event) };
}

function historyEntry(next: OrderState, event: OrderEvent): HistoryEntry {
  return {
    seq: next.version,
    status: next.status,
    attempt: next.attempt,
    at: next.updatedAt,
    reason: event.type === "fail" || event.type === "expire" ? next.reason : eventReasons[event.type],
    workerId: workerEvents.has(event.type) ? next.workerId : null,
  };
}

const workerEvents: ReadonlySet<OrderEvent["type"]> = new Set(["claim", "complete", "fail", "release", "expire"]);

/** What the history says of a change that the status alone does not explain. */
const eventReasons: { readonly [T in Exclude<OrderEvent["type"], "fail" | "expire">]: string | null } = {
  due: null,
  claim: null,
  complete: null,
  release: "released by its worker",
  cancel: null,
  redrive: "redriven",
};

function enqueue(_state: OrderState, _event: EventOf<"due">, at: Date): Changes {
  return { status: "pending", dueAt: at };
}

function claim(state: OrderState, event: EventOf<"claim">, at: Date): Changes {
  return {
    status: "processing",
    attempt: state.attempt + 1,
    dueAt: after(at, event.leaseMs),
    workerId: event.workerId,
    attemptEnd: null,
  };
}

function complete(state: OrderState, _event: EventOf<"complete">, at: Date): Changes {
  const completedAt = historyTime(state, at);
  return { status: "completed", dueAt: null, attemptEnd: "completed", reason: null, completedAt };
}

function release(_state: OrderState, _event: EventOf<"release">, at: Date): Changes {
  return { status: "pending", dueAt: at, attemptEnd: "released" };
}

function cancel(): Changes {
  return { status: "cancelled", dueAt: null };
}

function redrive(_state: OrderState, _event: EventOf<"redrive">, at: Date): Changes {
  return { status: "pending", dueAt: at, failures: 0, reason: null };
}

function fail(state: OrderState, event: EventOf<"fail">, at: Date, policy: RetryPolicy): Changes {
  const failed = failure(state, "failed", event.reason);
  if (!event.retryable || failed.failures >= policy.maxFailures) return { ...failed, status: "failed", dueAt: null };
  return { ...failed, ...backOff(failed.failures, at, policy) };
}

/**
 * The first failure of an order by expiry goes straight back to the queue: its worker most likely died of something
 * else. From the second failure on it backs off with jitter. What keeps a poisonous order from taking the others with
 * it again is the limit of how many may be held together (`holdLimit`).
 */
function expire(state: OrderState, _event: EventOf<"expire">, at: Date, policy: RetryPolicy): Changes {
  const expired = failure(state, "expired", `${expiryPrefix}worker ${state.workerId ?? "unknown"} was not heard of`);
  if (expired.failures >= policy.maxFailures) return { ...expired, status: "failed", dueAt: null };
  if (expired.failures === 1) return { ...expired, status: "pending", dueAt: at };
  return { ...expired, ...backOff(expired.failures, at, policy) };
}

function failure(state: OrderState, attemptEnd: AttemptEnd, reason: string) {
  return { failures: state.failures + 1, attemptEnd, reason: cutReason(reason) };
}

function backOff(failures: number, at: Date, policy: RetryPolicy) {
  return { status: "scheduled", dueAt: after(at, backoffMs(failures, policy)) } as const;
}

/** When a change happened as its history tells: never before the change that came before it. */
function historyTime(state: OrderState, at: Date): Date {
  return at > state.updatedAt ? at : state.updatedAt;
}

function after(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}
