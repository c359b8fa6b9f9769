import { type Creation, createOrders, type NewOrder } from "../../core/db/create-orders.ts";
import { DatabaseUnavailable } from "../../core/db/errors.ts";
import { newOrder, type Order } from "../../core/domain/order.ts";
import { Problem } from "../../core/domain/problem.ts";
import { Gathering } from "../../core/process/gathering.ts";
import { database, doorbell, nextBirth } from "../runtime.ts";
import { beginStoring } from "./creation-trace.ts";
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

/** How many orders are stored at once, as the largest batch has. */
const maxAtOnce = 500;

/** Stores orders that come while others are being stored at once; one that comes alone is stored alone. */
const gathering = new Gathering(createAndEnqueue, {
  // One that waits for the disk, and one that MySQL and this process work on meanwhile.
  underWay: 2,
  size: maxAtOnce,
  deadline: () => database.deadline(),
  failsAll: (error) => error instanceof DatabaseUnavailable,
});

/** Creates one order, and enqueues it if it is to be worked on now. */
export function createOne(wanted: NewOrder): Promise<Creation> {
  return gathering.add(wanted);
}

/** Creates orders with one INSERT, and enqueues those that are to be worked on now. Answers for each, in order. */
export async function createAndEnqueue(wanted: readonly NewOrder[], deadline?: number): Promise<readonly Creation[]> {
  const trace = beginStoring(wanted);
  try {
    const creations = await database.run((session) => createOrders(session, wanted), deadline);
    trace?.stored(creations);
    const enqueued = toEnqueue(creations);
    const isRung = await doorbell.ring(enqueued);
    trace?.rung(enqueued, isRung);
    return creations;
  } catch (error) {
    trace?.failed(error);
    throw error;
  }
}

/** The orders that were created now and are to be worked on now. */
function toEnqueue(creations: readonly Creation[]): readonly Order[] {
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
