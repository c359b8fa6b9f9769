import { keptCounts } from "../core/db/counts.ts";
import type { Session } from "../core/db/database.ts";
import { readTime } from "../core/db/diagnosis.ts";
import { findOrder } from "../core/db/orders.ts";
import { explain } from "../core/domain/explain.ts";
import type { Situation } from "../core/domain/situation.ts";
import { noSuchOrder, orderId } from "./http/change-order.ts";
import { httpFunction } from "./http/stack.ts";
import { noQuery } from "./http/validate.ts";
import { database, doorbell } from "./runtime.ts";
import { config } from "./settings.ts";

const policy = {
  maxFailures: config.MAX_ATTEMPTS,
  leaseMs: config.LEASE_MS,
  relayIntervalMs: config.RELAY_INTERVAL_MS,
  graceMs: config.QUEUE_GRACE_MS,
};

/** `GET /orders/{id}/why`: where an order is, what comes next, and what is amiss, in words. */
export const handler = httpFunction(async (event) => {
  noQuery(event);
  const id = orderId(event);
  if (id === undefined) throw noSuchOrder();
  const [stored, queue] = await Promise.all([
    database.run((session) => readStored(session, id)),
    doorbell.queueSight(),
  ]);
  if (stored === undefined) throw noSuchOrder();
  const { order, now } = stored;
  const { where, next, nextAt, troubles } = explain({ ...stored, queue, policy });
  const body = { id, status: order.status, asOf: now.toISOString(), where, next };
  return { status: 200, body: { ...body, ...(nextAt !== null && { nextAt: nextAt.toISOString() }), troubles } };
});

async function readStored(
  session: Session,
  id: string,
): Promise<Pick<Situation, "order" | "now" | "countAgeMs"> | undefined> {
  const order = await findOrder(session, id);
  if (order === undefined) return undefined;
  const kept = await keptCounts(session);
  return { order, countAgeMs: kept?.ageMs ?? null, now: new Date(await readTime(session)) };
}
