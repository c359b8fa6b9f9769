import type { RowDataPacket } from "mysql2/promise";
import { centsFromDecimal } from "../domain/money.ts";
import { endedStatuses, type HistoryEntry, type Order, type OrderState, type OrderStatus } from "../domain/order.ts";
import type { Session } from "./database.ts";
import { uuidFromBytes, uuidToBytes } from "./uuid.ts";

// The statements of the hot path are written by hand: a batch is a thousand rows, for which building a query with
// objects costs as much as running it.

/** An order that is locked by this transaction, and MySQL's time. */
export interface LockedOrder {
  readonly order: Order;
  readonly now: Date;
}

/** The change of an order's state: `entry` is absent where the change is none of its history, such as a renewal. */
export interface Change {
  readonly id: string;
  /** The status before. */
  readonly from: OrderStatus;
  readonly state: OrderState;
  readonly entry?: HistoryEntry | undefined;
}

const columns = `id, item, quantity, price, status, attempt, failures, version, due_at, run_at, worker_id,
  attempt_end, reason, created_at, updated_at, completed_at, UTC_TIMESTAMP(3)`;

/** Locks orders by id, in the order of ids, whatever the order of the arguments. */
export async function lockOrders(session: Session, ids: readonly string[]): Promise<readonly LockedOrder[]> {
  if (ids.length === 0) return [];
  const sql = `SELECT ${columns} FROM orders WHERE id IN (?) ORDER BY id FOR UPDATE`;
  return select(session, sql, [ids.map(uuidToBytes)]);
}

/** Locks scheduled orders whose time has come, the longest due first; leaves those that others hold. */
export async function lockDue(session: Session, limit: number): Promise<readonly LockedOrder[]> {
  return lockByDueTime(session, "scheduled", "due_at <= UTC_TIMESTAMP(3)", [], limit);
}

/** Locks orders in work whose lease is over, the longest over first; leaves those that others hold. */
export async function lockExpired(session: Session, limit: number): Promise<readonly LockedOrder[]> {
  return lockByDueTime(session, "processing", "due_at <= UTC_TIMESTAMP(3)", [], limit);
}

/** Locks pending orders that were enqueued before a time, the longest waiting first; leaves those that others hold. */
export async function lockPendingSince(session: Session, before: Date, limit: number): Promise<readonly LockedOrder[]> {
  return lockByDueTime(session, "pending", "due_at < ?", [before], limit);
}

function lockByDueTime(session: Session, status: string, condition: string, values: Date[], limit: number) {
  const sql = `SELECT ${columns} FROM orders FORCE INDEX (orders_status_due_at)
    WHERE status = ? AND ${condition} ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED`;
  return select(session, sql, [status, ...values, limit]);
}

/**
 * Writes the new states of locked orders, their history, and the totals of orders that ended: one statement each, however
 * many and whatever they are.
 */
export async function writeChanges({ connection }: Session, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await connection.query(
    `UPDATE (VALUES ${changes.map(() => "ROW(?)").join()})
      AS v (id, status, attempt, failures, version, due_at, worker_id, attempt_end, reason, updated_at, completed_at)
    STRAIGHT_JOIN orders AS o ON o.id = v.id
    SET o.status = v.status, o.attempt = v.attempt, o.failures = v.failures, o.version = v.version,
      o.due_at = v.due_at, o.worker_id = v.worker_id, o.attempt_end = v.attempt_end, o.reason = v.reason,
      o.updated_at = v.updated_at, o.completed_at = v.completed_at`,
    changes.map(stateValues),
  );
  const entries = changes.flatMap(({ id, entry }) => (entry === undefined ? [] : [entryValues(id, entry)]));
  if (entries.length === 0) return;
  await connection.query("INSERT INTO order_events (order_id, seq, status, attempt, at, reason, worker_id) VALUES ?", [
    entries,
  ]);
  await addToTotals(connection, changes);
}

/** In how many parts a total is kept: more than connections that write at the same time. */
const totalParts = 64;

/** Last in its transaction, so that the part is locked for the time of the commit only. */
async function addToTotals(connection: Session["connection"], changes: readonly Change[]): Promise<void> {
  const added = [...endedStatuses].flatMap((status) => {
    const total = changes.filter(({ state }) => state.status === status).length;
    const less = changes.filter(({ from }) => from === status).length;
    return total === less ? [] : [[status, total - less] as const];
  });
  if (added.length === 0) return;
  await connection.query(
    `INSERT INTO order_totals (status, part, total)
    VALUES ${added.map(() => `(?, CONNECTION_ID() % ${totalParts}, ?)`).join()} AS added
    ON DUPLICATE KEY UPDATE total = order_totals.total + added.total`,
    added.flat(),
  );
}

function stateValues({ id, state }: Change) {
  return [
    uuidToBytes(id),
    state.status,
    state.attempt,
    state.failures,
    state.version,
    state.dueAt,
    state.workerId,
    state.attemptEnd,
    state.reason,
    state.updatedAt,
    state.completedAt,
  ];
}

function entryValues(id: string, entry: HistoryEntry) {
  return [uuidToBytes(id), entry.seq, entry.status, entry.attempt, entry.at, entry.reason, entry.workerId];
}

/** A row of {@link columns}, in their order. */
type Row = [
  Buffer,
  string,
  number,
  string,
  Order["status"],
  number,
  number,
  number,
  Date | null,
  Date | null,
  string | null,
  Order["attemptEnd"],
  string | null,
  Date,
  Date,
  Date | null,
  Date,
];

async function select({ connection }: Session, sql: string, values: unknown[]): Promise<readonly LockedOrder[]> {
  const [rows] = await connection.query<(RowDataPacket & Row)[]>({ sql, values, rowsAsArray: true });
  return rows.map(lockedFromRow);
}

function lockedFromRow(row: Row): LockedOrder {
  const [id, item, quantity, price, status, attempt, failures, version, dueAt, runAt, workerId] = row;
  const [, , , , , , , , , , , attemptEnd, reason, createdAt, updatedAt, completedAt, now] = row;
  return {
    order: {
      id: uuidFromBytes(id),
      item,
      quantity,
      priceCents: centsFromDecimal(price),
      status,
      attempt,
      failures,
      version,
      dueAt,
      runAt,
      workerId,
      attemptEnd,
      reason,
      createdAt,
      updatedAt,
      completedAt,
    },
    now,
  };
}
