import { currentCounts, keptCounts } from "../../../core/db/counts.ts";
import type { Session } from "../../../core/db/database.ts";
import { findOverdue, maxOverdue, type Overdue } from "../../../core/db/diagnosis.ts";
import type { Services } from "../services.ts";
import { type Check, check, duration, reasonOf, type Subject, unknown } from "./check.ts";

/** The relay looks every second; what it has left for this long, it does not see. In milliseconds. */
const patienceMs = 30_000;

/** Gateways count every 3 s. In milliseconds. */
const maxCountAgeMs = 15_000;

const relayFix = "see that a gateway runs and that its /readyz and its log have nothing to say of the relay";

const gateway: Subject = {
  name: "gateway",
  expected: "one at least has counted the orders within 15 s",
  fix: "see that a gateway runs and reaches this MySQL: its /readyz and its log tell why not",
};
const leases: Subject = { name: "expired leases", expected: "none is over for 30 s", fix: relayFix };
const schedule: Subject = { name: "scheduled orders", expected: "none is due for 30 s", fix: relayFix };
const lost: Subject = {
  name: "lost orders",
  expected: "none is pending for 30 s longer than the queue's first",
  fix: relayFix,
};
const failed: Subject = {
  name: "failed orders",
  expected: "none",
  fix: "GET /orders?status=failed tells the reasons; npm run orders -- redrive gives them another round of attempts",
};

const all = [gateway, leases, schedule, lost, failed];

/**
 * Looks for orders that do not get on.
 *
 * @param oldestAgeMs how long the queue's first entry has waited, in milliseconds; undefined when that is not known
 */
export async function checkOrders({ database }: Services, oldestAgeMs: number | undefined): Promise<readonly Check[]> {
  try {
    return await database.run((session) => lookAtOrders(session, oldestAgeMs));
  } catch (error) {
    return all.map((subject) => unknown(subject, reasonOf(error)));
  }
}

async function lookAtOrders(session: Session, oldestAgeMs: number | undefined): Promise<readonly Check[]> {
  const { counts } = await currentCounts(session, maxCountAgeMs);
  return [
    checkCounts(await keptCounts(session)),
    checkOverdue(leases, await findOverdue(session, "processing", patienceMs)),
    checkOverdue(schedule, await findOverdue(session, "scheduled", patienceMs)),
    await checkLost(session, oldestAgeMs),
    check(failed, counts.failed > 0 ? "warn" : "ok", String(counts.failed)),
  ];
}

function checkCounts(kept: { readonly ageMs: number } | undefined): Check {
  if (kept === undefined) return check(gateway, "fail", "the orders were never counted");
  return check(gateway, kept.ageMs > maxCountAgeMs ? "fail" : "ok", `counted ${duration(kept.ageMs)} ago`);
}

/** Behind the watermark (D3): an order that waits for longer than the queue's first entry is not in the queue. */
async function checkLost(session: Session, oldestAgeMs: number | undefined): Promise<Check> {
  if (oldestAgeMs === undefined) return unknown(lost, "Redis does not answer");
  return checkOverdue(lost, await findOverdue(session, "pending", oldestAgeMs + patienceMs));
}

function checkOverdue(subject: Subject, { count, oldestId }: Overdue): Check {
  if (oldestId === undefined) return check(subject, "ok", "none");
  return check(subject, "fail", `${count}${count === maxOverdue ? " or more" : ""}, the first is ${oldestId}`);
}
