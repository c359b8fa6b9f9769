import type { RowDataPacket } from "mysql2/promise";
import { type OrderStatus, orderStatuses } from "../domain/order.ts";
import type { Session } from "./database.ts";

// Written by hand, because the gateway counts, which does not load drizzle.

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

const ageMs = (column: string) => `TIMESTAMPDIFF(MICROSECOND, ${column}, UTC_TIMESTAMP(3)) DIV 1000 AS ageMs`;

/** The last count that was kept, and its age in milliseconds; undefined before the first. */
export async function keptCounts({
  connection,
}: Session): Promise<(OrderCounts & { readonly ageMs: number }) | undefined> {
  type Row = RowDataPacket & { counts: OrderCounts["counts"]; asOf: Date; ageMs: number };
  const sql = `SELECT counts, as_of AS asOf, ${ageMs("as_of")} FROM order_counts WHERE id = ?`;
  const [[row]] = await connection.query<Row[]>(sql, [rowId]);
  return row && { counts: row.counts, asOf: row.asOf, ageMs: row.ageMs };
}

/** The last count that was kept when it is no older than this, in milliseconds; otherwise one that is made now. */
export async function currentCounts(session: Session, maxAgeMs: number): Promise<OrderCounts> {
  const kept = await keptCounts(session);
  return kept !== undefined && kept.ageMs <= maxAgeMs ? kept : countOrders(session);
}

/** Counts again when the last count is older than this, unless another process is doing so. Needs a transaction. */
export async function refreshCounts(session: Session, maxAgeMs: number): Promise<void> {
  const { connection } = session;
  const [[kept]] = await connection.query<(RowDataPacket & { ageMs: number })[]>(
    `SELECT ${ageMs("as_of")} FROM order_counts WHERE id = ? FOR UPDATE SKIP LOCKED`,
    [rowId],
  );
  // Nothing is seen before the first count, and while another process counts.
  if (kept === undefined && (await keptCounts(session)) !== undefined) return;
  if (kept !== undefined && kept.ageMs < maxAgeMs) return;
  const { counts, asOf } = await countOrders(session);
  await connection.query(
    `INSERT INTO order_counts (id, counts, as_of) VALUES (?, ?, ?) AS fresh
    ON DUPLICATE KEY UPDATE counts = fresh.counts, as_of = fresh.as_of`,
    [rowId, JSON.stringify(counts), asOf],
  );
}

/** How long the longest waiting order has been in the queue, in milliseconds; 0 when none waits. */
export async function oldestPendingAgeMs({ connection }: Session): Promise<number> {
  const [[oldest]] = await connection.query<(RowDataPacket & { ageMs: number })[]>(
    `SELECT ${ageMs("due_at")} FROM orders FORCE INDEX (orders_status_due_at)
    WHERE status = 'pending' ORDER BY due_at LIMIT 1`,
  );
  return Math.max(0, oldest?.ageMs ?? 0);
}
