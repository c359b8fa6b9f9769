import type { Creation, NewOrder } from "../../core/db/create-orders.ts";
import { newOrder, type Order } from "../../core/domain/order.ts";
import { Problem } from "../../core/domain/problem.ts";
import { nextBirth } from "../runtime.ts";
import { idempotencyOf } from "./idempotency.ts";
import type { OrderInput } from "./order-input.ts";
import { orderView } from "./order-view.ts";

/** The order that is asked for, with its identity. A `runAt` that is not in the future is as if absent. */
export function prepareOrder(caller: string, key: string | undefined, input: OrderInput): NewOrder {
  const { id, createdAt } = nextBirth();
  const isLater = input.runAt !== null && input.runAt > createdAt;
  const order = newOrder(id, { ...input, runAt: isLater ? input.runAt : null }, createdAt);
  return { order, idempotency: idempotencyOf(caller, key, input) };
}

/** The orders that were created now and are to be worked on now. */
export function toEnqueue(creations: readonly Creation[]): readonly Order[] {
  return creations.flatMap((creation) =>
    creation.outcome === "created" && creation.order.status === "pending" ? [creation.order] : [],
  );
}

/**
 * What a create answers: the order as it was created, also when it has moved on since.
 *
 * @throws {Problem} 422 when the key made another order
 */
export function creationView(creation: Creation) {
  if (creation.outcome === "conflict") {
    throw new Problem("idempotency-key-reused", "The key was used for another order; use a new key for this one.");
  }
  const { id, createdAt, ...order } = creation.order;
  return orderView(newOrder(id, order, createdAt));
}
