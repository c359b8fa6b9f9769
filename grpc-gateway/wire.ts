import { isUuid } from "../core/domain/identity.ts";
import type { Order, OrderStatus } from "../core/domain/order.ts";
import type { Rejection, StatusUpdate } from "../core/domain/status-update.ts";
import {
  type OrderStatusResult,
  type OrderStatusUpdate,
  Outcome as WireOutcome,
  RejectionReason as WireRejection,
  OrderStatus as WireStatus,
} from "../core/gen/orders/v1/orders.ts";
import type { UpdateResult } from "./apply.ts";

// Where the generated types end: everything behind this speaks the domain's language.

/** An update as the domain knows it, or what is wrong with it. */
export type ParsedUpdate = { readonly orderId: string; readonly update: StatusUpdate } | { readonly invalid: string };

/** One to 64 printable ASCII characters. */
const workerIdPattern = /^[\x20-\x7e]{1,64}$/;

/** Reads an update; what is wrong with one is told, not thrown, because the others of its batch go on. */
export function parseUpdate(wire: OrderStatusUpdate): ParsedUpdate {
  if (!isUuid(wire.orderId)) return { invalid: "order_id: expected a UUID in its 36-character text form" };
  if (!workerIdPattern.test(wire.workerId)) {
    return { invalid: "worker_id: expected 1 to 64 printable ASCII characters" };
  }
  const update = parseKind(wire);
  return "invalid" in update ? update : { orderId: wire.orderId.toLowerCase(), update };
}

function parseKind({
  status,
  attempt,
  workerId,
  reason,
  retryable,
  holdLimit,
}: OrderStatusUpdate): StatusUpdate | { invalid: string } {
  if (status === WireStatus.PROCESSING) {
    return attempt === 0 ? { type: "claim", workerId, holdLimit } : { type: "renew", workerId, attempt };
  }
  const isKnown = status === WireStatus.COMPLETED || status === WireStatus.FAILED || status === WireStatus.PENDING;
  if (!isKnown) return { invalid: "status: expected PROCESSING, COMPLETED, FAILED or PENDING" };
  if (attempt === 0) return { invalid: "attempt: expected the attempt that the claim returned" };
  if (status === WireStatus.COMPLETED) return { type: "complete", workerId, attempt };
  if (status === WireStatus.PENDING) return { type: "release", workerId, attempt };
  return { type: "fail", workerId, attempt, reason: reason === "" ? "no reason given" : reason, retryable };
}

const wireStatus: { readonly [S in OrderStatus]: WireStatus } = {
  scheduled: WireStatus.SCHEDULED,
  pending: WireStatus.PENDING,
  processing: WireStatus.PROCESSING,
  completed: WireStatus.COMPLETED,
  failed: WireStatus.FAILED,
  cancelled: WireStatus.CANCELLED,
};

const wireOutcome = {
  applied: WireOutcome.APPLIED,
  duplicate: WireOutcome.DUPLICATE,
  rejected: WireOutcome.REJECTED,
} as const;

const wireRejection: { readonly [R in Rejection]: WireRejection } = {
  invalid: WireRejection.INVALID,
  not_found: WireRejection.NOT_FOUND,
  stale_attempt: WireRejection.STALE_ATTEMPT,
  held_by_another_worker: WireRejection.HELD_BY_ANOTHER_WORKER,
  cancelled: WireRejection.CANCELLED,
  illegal_transition: WireRejection.ILLEGAL_TRANSITION,
  hold_limited: WireRejection.HOLD_LIMITED,
};

/**
 * Writes a result.
 *
 * @param orderId as the sender wrote it
 * @param leaseMs how long a lease that began or was renewed lasts
 */
export function formatResult(orderId: string, result: UpdateResult, leaseMs: number): OrderStatusResult {
  const { update, decision, order } = result;
  const state = "state" in decision ? (decision.state ?? order) : order;
  const isRejected = decision.outcome === "rejected";
  return {
    orderId,
    outcome: wireOutcome[decision.outcome],
    rejectionReason: isRejected ? wireRejection[decision.rejection] : WireRejection.UNSPECIFIED,
    detail: isRejected ? decision.detail : "",
    status: state === undefined ? WireStatus.UNSPECIFIED : wireStatus[state.status],
    attempt: state?.attempt ?? 0,
    order: !isRejected && update.type === "claim" && order !== undefined ? formatOrder(order) : undefined,
    leaseMs: !isRejected && (update.type === "claim" || update.type === "renew") ? leaseMs : 0,
    holdLimit: isRejected ? (decision.limit ?? 0) : 0,
  };
}

/** The result of an update that could not be read. */
export function formatInvalid(orderId: string, detail: string): OrderStatusResult {
  return {
    orderId,
    outcome: WireOutcome.REJECTED,
    rejectionReason: WireRejection.INVALID,
    detail,
    status: WireStatus.UNSPECIFIED,
    attempt: 0,
    order: undefined,
    leaseMs: 0,
    holdLimit: 0,
  };
}

function formatOrder(order: Order) {
  const { id, item, quantity, priceCents, createdAt } = order;
  return { id, item, quantity, priceCents, createdAtUnixMs: createdAt.getTime() };
}
