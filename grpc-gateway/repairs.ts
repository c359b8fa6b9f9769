import {
  type Change,
  type LockedOrder,
  lockDue,
  lockExpired,
  lockPendingSince,
  writeChanges,
} from "../core/db/changes.ts";
import type { Statements } from "../core/db/statements.ts";
import type { Order } from "../core/domain/order.ts";
import { type OrderEvent, transition } from "../core/domain/transitions.ts";
import type { RepairName } from "./metrics/relay-metrics.ts";
import type { RelayOptions } from "./relay.ts";

/** How many orders one transaction repairs. */
const batchSize = 1_000;

/** So many batches at a time, and then it is the others' turn: no repair keeps the others waiting for long. */
const maxBatches = 20;

/** How a repair goes along with the rest of its process. */
export interface Pace {
  /** Ends the repair after the batch that is under way. */
  readonly signal: AbortSignal;
  /** Told after every batch. */
  readonly onBatch: () => void;
}

/** Repair 1: scheduled orders whose time has come go into the queue. Answers whether there may be more. */
export async function repairDue(relay: RelayOptions, pace: Pace): Promise<boolean> {
  return inBatches(relay, pace, {
    name: "due",
    lock: lockDue,
    change: (locked) => moved(locked, { type: "due" }, relay),
  });
}

/** Repair 2: orders whose lease is over are taken from their workers. Answers whether there may be more. */
export async function repairExpired(relay: RelayOptions, pace: Pace): Promise<boolean> {
  return inBatches(relay, pace, {
    name: "expired",
    lock: lockExpired,
    change: (locked) => moved(locked, { type: "expire" }, relay),
    tell: (changes) => tellExpired(relay, changes),
  });
}

/**
 * Repair 3: pending orders that the queue has lost are enqueued again. No change of state, so no history. Answers
 * whether there may be more.
 */
export async function repairLost(relay: RelayOptions, before: Date, pace: Pace): Promise<boolean> {
  let count = 0;
  try {
    return await inBatches(relay, pace, {
      name: "lost",
      lock: (statements, limit) => lockPendingSince(statements, before, limit),
      change: (locked) =>
        locked.map(({ order, now }) => ({ id: order.id, from: order, state: { ...order, dueAt: now } })),
      tell: (changes) => {
        count += changes.length;
      },
    });
  } finally {
    if (count > 0) relay.log.info({ count }, "orders were lost from the queue and are enqueued again");
  }
}

interface Repair {
  readonly name: RepairName;
  readonly lock: (statements: Statements, limit: number) => Promise<readonly LockedOrder[]>;
  /** A change for each of the locked orders, in order. */
  readonly change: (locked: readonly LockedOrder[]) => readonly Change[];
  /** Told of the changes after their commit: the transaction may be tried several times. */
  readonly tell?: (changes: readonly Change[]) => void;
}

/** Locks, changes and enqueues batch by batch while they come back full. Answers whether the last one did too. */
async function inBatches(relay: RelayOptions, pace: Pace, { name, lock, change, tell }: Repair): Promise<boolean> {
  const { database, queue, log, metrics, traces } = relay;
  for (let batch = 0; batch < maxBatches && !pace.signal.aborted; batch++) {
    let begun = 0;
    const { locked, changes } = await database.pipeline(async (statements) => {
      begun = performance.now();
      const locked = await lock(statements, batchSize);
      const changes = change(locked);
      await writeChanges(statements, changes);
      return { locked, changes };
    });
    metrics?.committed("repair", performance.now() - begun);
    metrics?.relay.repaired(name, changes.length);
    tell?.(changes);
    // After the commit: a crash in between, or Redis away, is repair 3.
    await queue
      .enqueue(nowPending(locked, changes))
      .catch((error: unknown) => log.debug({ err: error }, "repaired orders were not enqueued"));
    traces?.repaired(name, changes, performance.now() - begun);
    pace.onBatch();
    if (locked.length < batchSize) return false;
  }
  return true;
}

function nowPending(locked: readonly LockedOrder[], changes: readonly Change[]): readonly Order[] {
  return locked.flatMap(({ order }, index) => (changes[index]?.state.status === "pending" ? [order] : []));
}

function moved(locked: readonly LockedOrder[], event: OrderEvent, { policy }: RelayOptions): readonly Change[] {
  return locked.map(({ order, now }) => {
    const result = transition(order, event, now, policy);
    if ("illegal" in result) throw new Error(`the locked order ${order.id} cannot be repaired: ${result.illegal}`);
    return { id: order.id, from: order, ...result };
  });
}

/** A line for each worker that lost orders, and one for each order that is given up. */
function tellExpired({ log, metrics }: RelayOptions, changes: readonly Change[]): void {
  metrics?.expired(changes.map(({ state }) => state.status));
  const byWorker = Map.groupBy(changes, ({ state }) => state.workerId);
  for (const [worker, lost] of byWorker) log.warn({ worker, count: lost.length }, "a worker's leases expired");
  for (const { id, state } of changes) {
    const { attempt, workerId: worker, reason, status } = state;
    if (status === "failed") log.warn({ orderId: id, attempt, worker, reason, status }, "an order failed");
  }
}
