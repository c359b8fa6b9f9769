import { priceFromCents } from "../../core/domain/money.ts";
import type { HistoryEntry, Order } from "../../core/domain/order.ts";

/** An order as clients see it: optional fields are absent, never null; times are RFC 3339 in UTC. */
export function orderView(order: Order) {
  return {
    id: order.id,
    item: order.item,
    quantity: order.quantity,
    price: priceFromCents(order.priceCents),
    status: order.status,
    attempt: order.attempt,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
    ...(order.runAt !== null && { runAt: order.runAt.toISOString() }),
    ...(order.completedAt !== null && { completedAt: order.completedAt.toISOString() }),
    ...(order.reason !== null && { reason: order.reason }),
  };
}

/** An order's history as clients see it. Its first line is the creation, which the order itself tells of (D8). */
export function historyView(order: Order, entries: readonly HistoryEntry[]) {
  const creation = {
    status: order.runAt === null ? "pending" : "scheduled",
    attempt: 0,
    at: order.createdAt.toISOString(),
  };
  // The order was read first: what happened since then is not part of this answer.
  return [creation, ...entries.filter(({ seq }) => seq <= order.version).map(entryView)];
}

function entryView({ status, attempt, at, reason, workerId }: HistoryEntry) {
  return {
    status,
    attempt,
    at: at.toISOString(),
    ...(reason !== null && { reason }),
    ...(workerId !== null && { worker: workerId }),
  };
}
