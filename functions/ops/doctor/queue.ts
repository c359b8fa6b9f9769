import { readingWorkers } from "../../../core/domain/situation.ts";
import type { QueueUse } from "../../../core/queue/diagnosis.ts";
import { readQueueUse } from "../../../core/queue/diagnosis.ts";
import { type Check, check, duration, reasonOf, type Subject, unknown } from "./check.ts";
import type { MaybeRedis } from "./redis.ts";

/** An entry that waits for longer tells of too few workers. In milliseconds. */
const longWaitMs = 60_000;

const group: Subject = {
  name: "consumer group",
  expected: "the workers' group is there",
  fix: "see that a gateway runs and reaches this Redis: its relay makes the group within a second",
};
const workers: Subject = {
  name: "workers",
  expected: "a worker at least has asked within 15 s",
  fix: "see that a worker runs and reaches this Redis: its /readyz and its log tell why not",
};
const backlog: Subject = {
  name: "queue",
  expected: "no entry waits for over a minute",
  fix: "start more workers, or raise WORKER_CONCURRENCY",
};
const dead: Subject = {
  name: "dead entries",
  expected: "none",
  fix: "redis-cli XRANGE orders:dead - + COUNT 10 tells what and why; they name no order, so none is lost; DEL orders:dead when you have read them",
};

/** The queue as it was found, for checks that go further. */
export interface QueueFound {
  readonly checks: readonly Check[];
  /** How long the first entry has waited, in milliseconds; undefined when that is not known. */
  readonly oldestAgeMs: number | undefined;
}

/** Looks at the queue and who reads it. */
export async function checkQueue(found: MaybeRedis): Promise<QueueFound> {
  if ("away" in found) return notKnown("Redis does not answer");
  try {
    const use = await readQueueUse(found.redis);
    return { checks: checkUse(use), oldestAgeMs: use.oldestAgeMs };
  } catch (error) {
    return notKnown(reasonOf(error));
  }
}

function checkUse(use: QueueUse): readonly Check[] {
  const { hasGroup, depth, oldestAgeMs, deadEntries } = use;
  const count = readingWorkers(use).length;
  const waits = depth === 0 ? "empty" : `${depth} wait, the first for ${duration(oldestAgeMs)}`;
  return [
    check(group, hasGroup ? "ok" : "fail", hasGroup ? "there" : "missing"),
    check(workers, count > 0 ? "ok" : "fail", `${count} ${count === 1 ? "worker reads" : "workers read"} the queue`),
    check(backlog, oldestAgeMs > longWaitMs ? "warn" : "ok", waits),
    check(dead, deadEntries > 0 ? "warn" : "ok", String(deadEntries)),
  ];
}

function notKnown(why: string): QueueFound {
  return { checks: [group, workers, backlog, dead].map((subject) => unknown(subject, why)), oldestAgeMs: undefined };
}
