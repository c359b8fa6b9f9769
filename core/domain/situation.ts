import { expiryPrefix } from "./hold-limit.ts";
import { endedStatuses, type Order } from "./order.ts";
import { enqueueMarginMs } from "./watermark.ts";

/** A worker as Redis knows it. */
export interface WorkerSeen {
  readonly id: string;
  /** How long it has not asked for orders, in milliseconds. */
  readonly lastSeenAgoMs: number;
}

/** What Redis says of the queue at one moment. */
export interface QueueSight {
  /** Entries that no worker was given yet. */
  readonly depth: number;
  /** How long the first of them has waited, by Redis' clock, in milliseconds; 0 when there is none. */
  readonly oldestAgeMs: number;
  /** Who reads, or has read: those that are gone stay for a minute. */
  readonly workers: readonly WorkerSeen[];
}

/** By what the gateways take orders back and give them up. */
interface ExplainPolicy {
  /** Failures after which an order is `failed`. */
  readonly maxFailures: number;
  /** How long a claim holds an order, in milliseconds. */
  readonly leaseMs: number;
  /** How often a relay looks for what to repair, in milliseconds. */
  readonly relayIntervalMs: number;
  /** How long the time from an entry's delivery to its order's claim may be, in milliseconds. */
  readonly graceMs: number;
}

/** An order and what is known of the parts that work on it, at one moment. */
export interface Situation {
  readonly order: Order;
  /** By MySQL's clock, read after the order. */
  readonly now: Date;
  /** Null while Redis does not answer. */
  readonly queue: QueueSight | null;
  /** How old the gateways' last count of all orders is, in milliseconds; null when there was none yet. */
  readonly countAgeMs: number | null;
  readonly policy: ExplainPolicy;
}

/** A worker asks every second, one that is full every 5 s; who did not for this long is gone. In milliseconds. */
export const workerGoneAfterMs = 15_000;

/** Every gateway counts every 3 s: after this long without a count none runs, or none reaches MySQL. In milliseconds. */
export const gatewaySilentAfterMs = 10_000;

/** Those of a queue's workers that have asked lately. */
export function readingWorkers({ workers }: Pick<QueueSight, "workers">): readonly WorkerSeen[] {
  return workers.filter(({ lastSeenAgoMs }) => lastSeenAgoMs < workerGoneAfterMs);
}

/**
 * Where a pending order's entry is: in the queue; taken from it within the time that a claim may need, or lost; lost, or
 * taken this moment after a long wait; or not known, without Redis.
 */
type EntryPlace = "queued" | "taken" | "lost" | "unknown";

/** What follows from a situation. */
export interface Facts extends Situation {
  readonly hasEnded: boolean;
  /** How long ago it became due by its status, in milliseconds; negative before that, 0 for one that has ended. */
  readonly overdueMs: number;
  readonly isGatewaySilent: boolean;
  /** Workers that have asked lately; null while Redis does not answer. */
  readonly readers: readonly WorkerSeen[] | null;
  /** When Redis last heard of the order's worker, in milliseconds; null when it knows of none. */
  readonly holderSeenAgoMs: number | null;
  readonly entry: EntryPlace;
  /** Whether its last failure was that its worker went silent. */
  readonly wasLostByWorker: boolean;
  /** How long a relay may take to enqueue it again after its entry was lost, in milliseconds. */
  readonly requeueMs: number;
}

export function factsOf(situation: Situation): Facts {
  const { order, now, queue, countAgeMs, policy } = situation;
  const overdueMs = order.dueAt === null ? 0 : now.getTime() - order.dueAt.getTime();
  const holder = queue?.workers.find(({ id }) => id === order.workerId);
  return {
    ...situation,
    overdueMs,
    hasEnded: endedStatuses.has(order.status),
    isGatewaySilent: countAgeMs === null || countAgeMs > gatewaySilentAfterMs,
    readers: queue === null ? null : readingWorkers(queue),
    holderSeenAgoMs: holder?.lastSeenAgoMs ?? null,
    entry: entryPlace(overdueMs, situation),
    wasLostByWorker: order.failures > 0 && (order.reason?.startsWith(expiryPrefix) ?? false),
    requeueMs: policy.graceMs + enqueueMarginMs + policy.relayIntervalMs,
  };
}

/** By the watermark as it is now (D3); a relay looks back one grace period as well. */
function entryPlace(waitedMs: number, { queue, policy }: Situation): EntryPlace {
  if (queue === null) return "unknown";
  const behindFirstMs = waitedMs - queue.oldestAgeMs - enqueueMarginMs;
  if (behindFirstMs <= 0) return "queued";
  return behindFirstMs <= policy.graceMs ? "taken" : "lost";
}
