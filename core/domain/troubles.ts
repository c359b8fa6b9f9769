import { holdLimit } from "./hold-limit.ts";
import { type Facts, gatewaySilentAfterMs, workerGoneAfterMs } from "./situation.ts";
import { count, duration, quoted } from "./words.ts";

/** What can keep an order, or have kept it. */
export const troubleCodes = [
  "redis-unavailable",
  "gateway-silent",
  "no-worker",
  "overdue",
  "lease-expired",
  "entry-lost",
  "backlog",
  "failed-before",
  "failed-permanently",
  "failures-used-up",
  "lost-by-workers",
] as const;
export type TroubleCode = (typeof troubleCodes)[number];

/** A trouble, and what to do about it, in sentences. */
export interface Trouble {
  readonly code: TroubleCode;
  readonly detail: string;
  readonly fix: string;
}

/** An order that waits for longer than this behind others is told of its backlog, in milliseconds. */
const backlogAfterMs = 10_000;

/** What a relay does within one of its intervals is late only after this much longer, in milliseconds. */
const patienceMs = 2_000;

const doctor = "npm run orders -- doctor looks at all parts and tells the cure of what is wrong";

/** Every trouble of an order, those first that keep others from being mended. */
export function troublesOf(facts: Facts): readonly Trouble[] {
  if (facts.hasEnded) return endings(facts);
  return [
    ...redisUnavailable(facts),
    ...gatewaySilent(facts),
    ...noWorker(facts),
    ...overdue(facts),
    ...leaseExpired(facts),
    ...entryLost(facts),
    ...backlog(facts),
    ...failedBefore(facts),
  ];
}

function redisUnavailable({ queue }: Facts): Trouble[] {
  if (queue !== null) return [];
  return trouble(
    "redis-unavailable",
    "Redis does not answer: no worker hears of orders. None is lost, for all of them are in MySQL.",
    `See that the Redis of REDIS_URL runs and can be reached; orders then go on by themselves. ${doctor}.`,
  );
}

function gatewaySilent({ isGatewaySilent, countAgeMs }: Facts): Trouble[] {
  if (!isGatewaySilent) return [];
  const since =
    countAgeMs === null ? "No gateway has ever been heard of" : `No gateway was heard of for ${duration(countAgeMs)}`;
  return trouble(
    "gateway-silent",
    `${since}, and each tells of itself at least every ${duration(gatewaySilentAfterMs)}: nothing is claimed, completed, taken back or enqueued again.`,
    `See that a gateway runs and reaches this MySQL: its /readyz and its log tell why not. ${doctor}.`,
  );
}

function noWorker(facts: Facts): Trouble[] {
  const { order, readers, holderSeenAgoMs, overdueMs } = facts;
  if (readers === null) return [];
  if (order.status === "processing") {
    const isSeen = readers.some(({ id }) => id === order.workerId);
    return isSeen || overdueMs >= 0 ? [] : holderGone(order.workerId ?? "unknown", holderSeenAgoMs);
  }
  if (readers.length > 0) return [];
  return trouble(
    "no-worker",
    `No worker has asked the queue for orders within ${duration(workerGoneAfterMs)}.`,
    `Start a worker, or see what keeps it: its /readyz and its log tell. ${doctor}.`,
  );
}

function holderGone(worker: string, seenAgoMs: number | null): Trouble[] {
  const how =
    seenAgoMs === null ? "is not known to the queue any more" : `did not ask the queue for ${duration(seenAgoMs)}`;
  return trouble(
    "no-worker",
    `Worker ${worker}, which holds the order, ${how}: it has most likely died, or is cut off from Redis.`,
    "Nothing needs to be done for the order: when the lease ends it is taken back. See that a worker runs to take it then.",
  );
}

function overdue({ order, overdueMs, policy }: Facts): Trouble[] {
  if (order.status !== "scheduled" || overdueMs <= policy.relayIntervalMs + patienceMs) return [];
  return trouble(
    "overdue",
    `It should have been put into the queue ${duration(overdueMs)} ago, and no gateway has done so.`,
    `See that a gateway runs and that its log has nothing to say of the relay. ${doctor}.`,
  );
}

function leaseExpired({ order, overdueMs }: Facts): Trouble[] {
  if (order.status !== "processing" || overdueMs < 0) return [];
  return trouble(
    "lease-expired",
    `Worker ${order.workerId ?? "unknown"} has neither finished the order nor renewed its lease, which ended ${duration(overdueMs)} ago: it died, was frozen, or cannot reach a gateway.`,
    "The order is taken back by itself. Look into the worker's log for its end; if it still runs, for why it does not reach GATEWAY_ADDR.",
  );
}

function entryLost({ order, entry, requeueMs, isGatewaySilent }: Facts): Trouble[] {
  if (order.status !== "pending" || entry !== "lost") return [];
  const again = isGatewaySilent ? "once a gateway runs" : `within about ${duration(requeueMs)}`;
  return trouble(
    "entry-lost",
    "Its entry is not in the queue any more, and no worker has claimed it: Redis has lost it, or a worker died right after it had read it.",
    `Nothing: it is enqueued again from MySQL ${again}.`,
  );
}

function backlog({ order, entry, overdueMs, queue, readers }: Facts): Trouble[] {
  if (order.status !== "pending" || entry !== "queued" || overdueMs < backlogAfterMs) return [];
  if (queue === null || readers === null || readers.length === 0) return [];
  const waiting = count(queue.depth, "order waits", "orders wait");
  return trouble(
    "backlog",
    `About ${waiting} for ${count(readers.length, "worker")}; this one has waited for ${duration(overdueMs)}.`,
    "Start more workers, or raise WORKER_CONCURRENCY, unless the work itself, or MySQL, is what is slow.",
  );
}

function failedBefore(facts: Facts): Trouble[] {
  const { order, policy, wasLostByWorker } = facts;
  if (order.failures === 0) return [];
  if (wasLostByWorker) return lostBefore(facts);
  const reason = order.reason === null ? "" : `, the last one with ${quoted(order.reason)}`;
  const left = policy.maxFailures - order.failures;
  return trouble(
    "failed-before",
    `${count(order.failures, "attempt has", "attempts have")} failed${reason}; it is failed for good after ${count(Math.max(1, left), "more failure")}.`,
    "Mend what the reason tells of; the order is tried again by itself.",
  );
}

function lostBefore({ order, policy }: Facts): Trouble[] {
  const limit = holdLimit(order, policy);
  const bound =
    limit === 1
      ? " A worker now takes it alone among such orders, in case it is what kills workers."
      : ` A worker now takes at most ${count(limit, "such order")} at once, in case one of them is what kills workers.`;
  return trouble(
    "lost-by-workers",
    `Its last attempt was lost with its worker (${quoted(order.reason ?? "")}); ${order.failures} of ${count(policy.maxFailures, "failure")} used up.${bound}`,
    "Look into that worker's log for its end, such as a crash or memory that ran out.",
  );
}

/** Why an order has failed. Completed and cancelled orders have no trouble any more. */
function endings({ order, policy, wasLostByWorker }: Facts): Trouble[] {
  if (order.status !== "failed") return [];
  const reason = order.reason === null ? "no reason was given" : quoted(order.reason);
  const redrive = "then redrive it with POST /orders/{id}/redrive or npm run orders -- redrive.";
  if (wasLostByWorker) {
    return trouble(
      "lost-by-workers",
      `Its workers died or went silent while they worked on it, the last one in attempt ${order.attempt} (${reason}): it may be what kills them.`,
      `Look into the logs of the workers for their end, mend what killed them, and ${redrive}`,
    );
  }
  if (order.failures >= policy.maxFailures) {
    return trouble(
      "failures-used-up",
      `It has failed ${count(order.failures, "time")}, and ${policy.maxFailures} are what MAX_ATTEMPTS allows; the last time: ${reason}.`,
      `Mend what the reason tells of, and ${redrive}`,
    );
  }
  return trouble(
    "failed-permanently",
    `Its worker called the failure permanent, one that trying again does not mend: ${reason}.`,
    `Mend what the reason tells of, or leave it; if it may succeed now, ${redrive}`,
  );
}

function trouble(code: TroubleCode, detail: string, fix: string): Trouble[] {
  return [{ code, detail, fix }];
}
