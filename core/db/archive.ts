import type { ResultSetHeader, RowDataPacket } from "mysql2/promise";
import { firstIdAt } from "../domain/identity.ts";
import type { HistoryEntry, Order } from "../domain/order.ts";
import { addToTotals, lockOrders } from "./changes.ts";
import type { Idempotency } from "./create-orders.ts";
import type { Session } from "./database.ts";
import { uuidFromBytes, uuidLiteral } from "./uuid.ts";

/** Everything that is stored of an order. */
export interface WholeOrder {
  readonly order: Order;
  readonly history: readonly HistoryEntry[];
  readonly idempotency?: Idempotency | undefined;
}

/** Where along the primary key to look for orders that were completed before a time. */
export interface CompletedRange {
  /** Behind this id; from the first order on when absent. */
  readonly after?: string | undefined;
  readonly completedBefore: Date;
  readonly limit: number;
}

export interface CompletedPage {
  readonly ids: readonly string[];
  /** Where the next page begins; undefined when there is none. */
  readonly next?: string | undefined;
}

/** Rows that one statement looks at. Most of the oldest orders are ones to archive; the rest is passed over. */
const scanSize = 2_000;

/** So many statements a page, and then it is for the caller to go on: there may be any number of rows that stay. */
const defaultMaxScans = 50;

/** No order has it. */
const lowestId = "00000000-0000-0000-0000-000000000000";

/** MySQL's time at midnight (UTC) that many days ago: a run that is repeated on the same day asks for the same orders. */
export async function midnightDaysAgo({ connection }: Session, days: number): Promise<Date> {
  const sql = "SELECT CAST(UTC_DATE() - INTERVAL ? DAY AS DATETIME(3)) AS midnight";
  const [[row]] = await connection.query<RowDataPacket[]>(sql, [days]);
  return row?.midnight as Date;
}

/** Finds completed orders along the primary key, which is the order of creation: no index of its own is needed (D6). */
export async function findCompleted(
  session: Session,
  range: CompletedRange,
  maxScans = defaultMaxScans,
): Promise<CompletedPage> {
  const ids: string[] = [];
  let after = range.after ?? lowestId;
  for (let scans = 0; scans < maxScans; scans++) {
    const rows = await scan(session, after, range.completedBefore);
    for (const { id, isWanted } of rows) {
      if (!isWanted) continue;
      ids.push(id);
      if (ids.length === range.limit) return { ids, next: id };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < scanSize) return { ids };
    after = last.id;
  }
  return { ids, next: after };
}

async function scan({ connection }: Session, after: string, completedBefore: Date) {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT id, status = 'completed' AND completed_at < ? AS isWanted FROM orders
    WHERE id > ${uuidLiteral(after)} AND id < ${uuidLiteral(firstIdAt(completedBefore))} ORDER BY id LIMIT ${scanSize}`,
    [completedBefore],
  );
  return rows.map(({ id, isWanted }) => ({ id: uuidFromBytes(id), isWanted: isWanted === 1 }));
}

/** Locks the orders of these that are completed, and reads all there is of them, in the order of ids. */
export async function lockCompleted(session: Session, ids: readonly string[]): Promise<readonly WholeOrder[]> {
  const locked = await lockOrders(session, ids);
  const completed = locked.map(({ order }) => order).filter(({ status }) => status === "completed");
  if (completed.length === 0) return [];
  const histories = Map.groupBy(await readHistories(session, completed), ({ orderId }) => orderId);
  const keys = await readIdempotency(session, completed);
  return completed.map((order) => ({
    order,
    history: (histories.get(order.id) ?? []).map(({ orderId: _, ...entry }) => entry),
    idempotency: keys.get(order.id),
  }));
}

/** Deletes locked, completed orders with their history, and takes them off the totals. Their keys may be used again. */
export async function deleteCompleted(session: Session, orders: readonly WholeOrder[]): Promise<void> {
  if (orders.length === 0) return;
  const list = idList(orders.map(({ order }) => order));
  await session.connection.query(`DELETE FROM order_events WHERE order_id IN (${list})`);
  const [{ affectedRows }] = await session.connection.query<ResultSetHeader>(
    `DELETE FROM orders WHERE id IN (${list}) AND status = 'completed'`,
  );
  if (affectedRows !== orders.length) {
    throw new Error(`${orders.length} completed orders are locked, but ${affectedRows} would be deleted: none is`);
  }
  await addToTotals(session, [["completed", -orders.length]]);
}

async function readHistories({ connection }: Session, orders: readonly Order[]) {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT order_id, seq, status, attempt, at, reason, worker_id FROM order_events
    WHERE order_id IN (${idList(orders)}) ORDER BY order_id, seq`,
  );
  return rows.map(({ order_id, seq, status, attempt, at, reason, worker_id }): HistoryEntry & { orderId: string } => ({
    ...{ orderId: uuidFromBytes(order_id), seq, status, attempt, at, reason },
    workerId: worker_id,
  }));
}

async function readIdempotency({ connection }: Session, orders: readonly Order[]) {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT id, idempotency_key, fingerprint FROM orders WHERE id IN (${idList(orders)}) AND idempotency_key IS NOT NULL`,
  );
  return new Map<string, Idempotency>(
    rows.map(({ id, idempotency_key: key, fingerprint }) => [uuidFromBytes(id), { key, fingerprint }]),
  );
}

function idList(orders: readonly Order[]): string {
  return orders.map(({ id }) => uuidLiteral(id)).join();
}
