import type { OrderStatus } from "./order.ts";
import type { Facts } from "./situation.ts";
import { count, duration, quoted } from "./words.ts";

/** Where an order is, and what comes next. */
export interface Progress {
  readonly where: string;
  readonly next: string;
  /** When that is, at the latest; null when it has no time, or nothing comes. */
  readonly nextAt: Date | null;
}

export function progressOf(facts: Facts): Progress {
  return byStatus[facts.order.status](facts);
}

const byStatus: { readonly [S in OrderStatus]: (facts: Facts) => Progress } = {
  scheduled,
  pending,
  processing,
  completed,
  failed,
  cancelled,
};

function scheduled(facts: Facts): Progress {
  const { order, overdueMs, isGatewaySilent, policy } = facts;
  const where = order.failures > 0 ? `Waiting to be tried again: ${lastFailure(facts)}` : waitingForItsTime(facts);
  if (overdueMs < 0) {
    const again = order.attempt > 0 ? " again" : "";
    const next = `It goes into the queue${again} in ${duration(-overdueMs)}, where the first worker that is free takes it.`;
    return { where, next, nextAt: order.dueAt };
  }
  const next = isGatewaySilent
    ? "It is due, and goes into the queue as soon as a gateway runs."
    : `It is due: a gateway puts it into the queue within about ${duration(policy.relayIntervalMs)}.`;
  return { where, next, nextAt: null };
}

function waitingForItsTime({ order }: Facts): string {
  const time = order.runAt ?? order.dueAt ?? order.createdAt;
  return `Scheduled: it was created to run at ${time.toISOString()}, and not before.`;
}

function pending(facts: Facts): Progress {
  const where = `${origin(facts)} ${place(facts)}`;
  return { where, ...nextOfPending(facts) };
}

/** Why it is in the queue, and for how long. */
function origin(facts: Facts): string {
  const { order, overdueMs } = facts;
  const waiting = `Waiting in the queue for ${duration(overdueMs)}`;
  const worker = order.workerId ?? "unknown";
  if (order.attempt === 0) {
    return order.runAt === null
      ? `${waiting}; no worker has claimed it since it was created.`
      : `${waiting}, since its time has come; no worker has claimed it yet.`;
  }
  if (order.attemptEnd === "released") return `${waiting}, since worker ${worker} gave it back when it was stopped.`;
  if (order.failures === 0) return `${waiting}, since it was redriven after attempt ${order.attempt}.`;
  return `${waiting}, to be tried again: ${lastFailure(facts)}`;
}

function place({ entry, queue, readers }: Facts): string {
  if (queue === null || readers === null) return "Redis does not answer, so its place in the queue is not known.";
  const reading = readers.length === 0 ? "no worker is reading" : `${count(readers.length, "worker")} reading`;
  if (entry === "queued") {
    const ahead = Math.max(0, queue.depth - 1);
    return ahead === 0
      ? `No order is ahead of it, ${reading}.`
      : `Up to ${count(ahead, "order is", "orders are")} ahead of it, ${reading}.`;
  }
  const since =
    entry === "taken" ? "a worker is taking it this moment, or its entry was lost" : "no worker has claimed it";
  return `Its entry is not in the queue any more: ${since}.`;
}

function nextOfPending(facts: Facts): Pick<Progress, "next" | "nextAt"> {
  const { order, entry, readers, requeueMs, isGatewaySilent } = facts;
  if (entry === "unknown") {
    const again = isGatewaySilent ? "Once Redis and a gateway are back" : "Once Redis is back";
    return { next: `${again}, it is enqueued again within about ${duration(requeueMs)}, if need be.`, nextAt: null };
  }
  if (entry === "queued") {
    const next =
      readers?.length === 0 ? "It is claimed as soon as a worker runs." : "A worker claims it when its turn comes.";
    return { next, nextAt: null };
  }
  if (isGatewaySilent) return { next: "It is enqueued again as soon as a gateway runs.", nextAt: null };
  if (entry === "lost") {
    return { next: `Unless it is claimed, it is enqueued again within about ${duration(requeueMs)}.`, nextAt: null };
  }
  const leftMs = requeueMs - facts.overdueMs + (facts.queue?.oldestAgeMs ?? 0);
  const next = `Unless it is claimed, it is enqueued again in about ${duration(leftMs)}.`;
  return { next, nextAt: order.dueAt === null ? null : new Date(facts.now.getTime() + leftMs) };
}

function processing(facts: Facts): Progress {
  const { order, overdueMs, policy } = facts;
  const worker = order.workerId ?? "unknown";
  const used = `${order.failures} of ${count(policy.maxFailures, "failure")} used up`;
  if (overdueMs < 0) {
    const where = `Processing on worker ${worker}, attempt ${order.attempt}; ${used}. Its lease ends in ${duration(-overdueMs)}.`;
    return { where, next: nextOfHeld(facts), nextAt: order.dueAt };
  }
  const ended = `ended ${duration(overdueMs)} ago without a word from it; ${used}.`;
  const where = `It was being processed on worker ${worker}, attempt ${order.attempt}, whose lease ${ended}`;
  return { where, next: `${nextOfExpired(facts)}: ${afterExpiry(facts)}.`, nextAt: null };
}

function nextOfHeld(facts: Facts): string {
  const lease = `The worker renews its lease of ${duration(facts.policy.leaseMs)} while it works`;
  return `When the work is done it is completed. ${lease}; if it goes silent, the order is taken back: ${afterExpiry(facts)}.`;
}

function nextOfExpired({ isGatewaySilent, policy }: Facts): string {
  if (isGatewaySilent) return "It is taken back as soon as a gateway runs";
  return `A gateway takes it back within about ${duration(policy.relayIntervalMs)}`;
}

/** What the transition table makes of an expired lease, in words. */
function afterExpiry({ order, policy }: Facts): string {
  if (order.failures + 1 >= policy.maxFailures) return "its failures are then used up, and it is failed";
  return order.failures === 0 ? "it then goes into the queue again at once" : "it is then tried again after a pause";
}

function completed({ order }: Facts): Progress {
  const at = order.completedAt ?? order.updatedAt;
  const begun = order.runAt ?? order.createdAt;
  const took = duration(at.getTime() - begun.getTime());
  const since = order.runAt === null ? "it was created" : "its time had come";
  const by = `by worker ${order.workerId ?? "unknown"} in attempt ${order.attempt}`;
  const where = `Completed at ${at.toISOString()} ${by}, ${took} after ${since}.`;
  return { where, next: "Nothing: it is done.", nextAt: null };
}

function failed({ order, policy }: Facts): Progress {
  const why = order.reason === null ? "no reason was given" : quoted(order.reason);
  const where = `Failed at ${order.updatedAt.toISOString()} in attempt ${order.attempt}: ${why}.`;
  const chances = count(policy.maxFailures, "failure");
  const next = `Nothing, until somebody redrives it (POST /orders/{id}/redrive): it is then tried again, up to ${chances}.`;
  return { where, next, nextAt: null };
}

function cancelled({ order }: Facts): Progress {
  const before = order.attempt === 0 ? "before any worker had claimed it" : `after attempt ${order.attempt}`;
  const where = `Cancelled at ${order.updatedAt.toISOString()}, ${before}.`;
  return {
    where,
    next: "Nothing: a cancelled order stays as it is. Create another one if it is wanted after all.",
    nextAt: null,
  };
}

/** How the latest failure came about. */
function lastFailure({ order, now, policy, wasLostByWorker }: Facts): string {
  const reason = order.reason === null ? "" : `: ${quoted(order.reason)}`;
  const used = `${order.failures} of ${count(policy.maxFailures, "failure")} used up`;
  const how = wasLostByWorker ? "was lost with its worker" : "failed";
  // A move into the queue is a change of its own, and later than the failure.
  const ago = order.status === "scheduled" ? ` ${duration(now.getTime() - order.updatedAt.getTime())} ago` : "";
  return `attempt ${order.attempt} ${how}${ago}${reason}; ${used}.`;
}
