import {
  type Change,
  type LockedOrder,
  lockDue,
  lockExpired,
  lockPendingSince,
  writeChanges,
} from "../core/db/changes.ts";
import type { Session } from "../core/db/database.ts";
import type { Order } from "../core/domain/order.ts";
import { type OrderEvent, transition } from "../core/domain/transitions.ts";
import type { RelayOptions } from "./relay.ts";

/** How many orders one transaction repairs. */
const batchSize = 1_000;

/** Repair 1: scheduled orders whose time has come go into the queue. */
export async function repairDue(relay: RelayOptions, signal: AbortSignal): Promise<void> {
  await inBatches(relay, signal, lockDue, (locked) => moved(locked, { type: "due" }, relay));
}

/** Repair 2: orders whose lease is over are taken from their workers. */
export async function repairExpired(relay: RelayOptions, signal: AbortSignal): Promise<void> {
  await inBatches(relay, signal, lockExpired, (locked) => {
    const changes = moved(locked, { type: "expire" }, relay);
    tellExpired(relay, changes);
    return changes;
  });
}

/** Repair 3: pending orders that the queue has lost are enqueued again. No change of state, so no history. */
export async function repairLost(relay: RelayOptions, before: Date, signal: AbortSignal): Promise<void> {
  let count = 0;
  await inBatches(
    relay,
    signal,
    (session, limit) => lockPendingSince(session, before, limit),
    (locked) => {
      count += locked.length;
      return locked.map(({ order, now }) => ({ id: order.id, state: { ...order, dueAt: now } }));
    },
  );
  if (count > 0) relay.log.info({ count }, "orders were lost from the queue and are enqueued again");
}

/** Locks, changes and enqueues batch by batch, and again at once while a batch comes back full. */
async function inBatches(
  { database, queue, log }: RelayOptions,
  signal: AbortSignal,
  lock: (session: Session, limit: number) => Promise<readonly LockedOrder[]>,
  change: (locked: readonly LockedOrder[]) => readonly Change[],
): Promise<void> {
  for (let isFull = true; isFull && !signal.aborted; ) {
    const pending = await database.transaction(async (session) => {
      const locked = await lock(session, batchSize);
      isFull = locked.length === batchSize;
      const changes = change(locked);
      await writeChanges(session, changes);
      return nowPending(locked, changes);
    });
    // After the commit: a crash in between, or Redis away, is repair 3.
    await queue
      .enqueue(pending)
      .catch((error: unknown) => log.debug({ err: error }, "repaired orders were not enqueued"));
  }
}

function nowPending(locked: readonly LockedOrder[], changes: readonly Change[]): readonly Order[] {
  return locked.flatMap(({ order }, index) => (changes[index]?.state.status === "pending" ? [order] : []));
}

function moved(locked: readonly LockedOrder[], event: OrderEvent, { policy }: RelayOptions): readonly Change[] {
  return locked.map(({ order, now }) => {
    const result = transition(order, event, now, policy);
    if ("illegal" in result) throw new Error(`the locked order ${order.id} cannot be repaired: ${result.illegal}`);
    return { id: order.id, ...result };
  });
}

/** A line for each worker that lost orders, and one for each order that is given up. */
function tellExpired({ log }: RelayOptions, changes: readonly Change[]): void {
  const byWorker = Map.groupBy(changes, ({ state }) => state.workerId);
  for (const [worker, lost] of byWorker) log.warn({ worker, count: lost.length }, "a worker's leases expired");
  for (const { id, state } of changes) {
    const { attempt, workerId: worker, reason, status } = state;
    if (status === "failed") log.warn({ orderId: id, attempt, worker, reason, status }, "an order failed");
  }
}
