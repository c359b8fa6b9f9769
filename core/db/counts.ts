import { asc, eq, sql } from "drizzle-orm";
import type { RowDataPacket } from "mysql2/promise";
import { type OrderStatus, orderStatuses } from "../domain/order.ts";
import type { Session } from "./database.ts";
import { orderCounts, orders } from "./schema.ts";

/** How many orders there are in each status, at one moment. */
export interface OrderCounts {
  readonly counts: Readonly<Record<OrderStatus, number>>;
  readonly asOf: Date;
}

/** The row that keeps the last count. */
const rowId = 1;

/**
 * Counts all orders, in one statement and so at one moment. Orders on their way are counted in the index, of which there
 * are as many as wait; those that ended, of which there may be any number, are kept as totals where they end.
 */
export async function countOrders({ connection }: Session): Promise<OrderCounts> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT status, COUNT(*) AS count, UTC_TIMESTAMP(3) AS now FROM orders FORCE INDEX (orders_status_due_at)
    WHERE status IN ('scheduled', 'pending', 'processing') GROUP BY status
    UNION ALL SELECT status, CAST(SUM(total) AS SIGNED), UTC_TIMESTAMP(3) FROM order_totals GROUP BY status
    UNION ALL SELECT NULL, 0, UTC_TIMESTAMP(3)`,
  );
  const found = new Map(rows.map(({ status, count }) => [status, count]));
  const counts = Object.fromEntries(orderStatuses.map((status) => [status, found.get(status) ?? 0]));
  return { counts: counts as Record<OrderStatus, number>, asOf: rows[0]?.now };
}

/** The last count that was kept, and its age in milliseconds; undefined before the first. */
export async function keptCounts({ orm }: Session): Promise<(OrderCounts & { readonly ageMs: number }) | undefined> {
  const [row] = await orm
    .select({ counts: orderCounts.counts, asOf: orderCounts.asOf, ageMs: ageInMs(orderCounts.asOf) })
    .from(orderCounts)
    .where(eq(orderCounts.id, rowId));
  return row && { counts: row.counts, asOf: row.asOf, ageMs: row.ageMs };
}

/** The last count that was kept when it is no older than this, in milliseconds; otherwise one that is made now. */
export async function currentCounts(session: Session, maxAgeMs: number): Promise<OrderCounts> {
  const kept = await keptCounts(session);
  return kept !== undefined && kept.ageMs <= maxAgeMs ? kept : countOrders(session);
}

/** Counts again when the last count is older than this, unless another process is doing so. Needs a transaction. */
export async function refreshCounts(session: Session, maxAgeMs: number): Promise<void> {
  const { orm } = session;
  const [kept] = await orm
    .select({ ageMs: ageInMs(orderCounts.asOf) })
    .from(orderCounts)
    .where(eq(orderCounts.id, rowId))
    .for("update", { skipLocked: true });
  // Nothing is seen before the first count, and while another process counts.
  if (kept === undefined && (await keptCounts(session)) !== undefined) return;
  if (kept !== undefined && kept.ageMs < maxAgeMs) return;
  const { counts, asOf } = await countOrders(session);
  await orm.insert(orderCounts).values({ id: rowId, counts, asOf }).onDuplicateKeyUpdate({ set: { counts, asOf } });
}

/** How long the longest waiting order has been in the queue, in milliseconds; 0 when none waits. */
export async function oldestPendingAgeMs({ orm }: Session): Promise<number> {
  const [oldest] = await orm
    .select({ ageMs: ageInMs(orders.dueAt) })
    .from(orders, { forceIndex: "orders_status_due_at" })
    .where(eq(orders.status, "pending"))
    .orderBy(asc(orders.dueAt))
    .limit(1);
  return Math.max(0, oldest?.ageMs ?? 0);
}

function ageInMs(column: typeof orders.dueAt | typeof orderCounts.asOf) {
  return sql<number>`TIMESTAMPDIFF(MICROSECOND, ${column}, UTC_TIMESTAMP(3)) DIV 1000`.mapWith(Number);
}
