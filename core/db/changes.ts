import { type RowDataPacket, raw } from "mysql2/promise";
import { centsFromDecimal } from "../domain/money.ts";
import { endedStatuses, type HistoryEntry, type Order, type OrderState } from "../domain/order.ts";
import type { Session } from "./database.ts";
import { uuidFromBytes, uuidLiteral } from "./uuid.ts";

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
  /** The state before: as it was locked, or as the order's change before this one left it. */
  readonly from: OrderState;
  readonly state: OrderState;
  readonly entry?: HistoryEntry | undefined;
}

const columns = `id, item, quantity, price, status, attempt, failures, version, due_at, run_at, worker_id,
  attempt_end, reason, created_at, updated_at, completed_at, UTC_TIMESTAMP(3)`;

/** A literal costs the driver a tenth of what 16 bytes as a value do, and a batch has thousands of ids. */
function idList(ids: readonly string[]): string {
  return ids.map(uuidLiteral).join();
}

/** Locks orders by id, in the order of ids, whatever the order of the arguments. */
export async function lockOrders(session: Session, ids: readonly string[]): Promise<readonly LockedOrder[]> {
  if (ids.length === 0) return [];
  return select(session, `SELECT ${columns} FROM orders WHERE id IN (${idList(ids)}) ORDER BY id FOR UPDATE`, []);
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
 * Writes the new states of locked orders, their history, and the totals of orders that ended. Orders that change in the
 * same way share a statement: a batch of claims or of completions is one UPDATE, however many they are. Of an order's
 * several changes, in the order of happening, the last state is written, and all of the history.
 */
export async function writeChanges(session: Session, changes: readonly Change[]): Promise<void> {
  const { connection } = session;
  for (const { assignments, ids } of groupByAssignments(joinByOrder(changes))) {
    await connection.query(`UPDATE orders SET ? WHERE id IN (${idList(ids)})`, [assignments]);
  }
  const entries = changes.flatMap(({ id, entry }) => (entry === undefined ? [] : [entryValues(id, entry)]));
  if (entries.length === 0) return;
  await connection.query("INSERT INTO order_events (order_id, seq, status, attempt, at, reason, worker_id) VALUES ?", [
    entries,
  ]);
  await addToTotals(session, totalsOf(changes));
}

/** The column of each part of a state. */
const stateColumns: { readonly [K in keyof OrderState]: string } = {
  status: "status",
  attempt: "attempt",
  failures: "failures",
  version: "version",
  dueAt: "due_at",
  workerId: "worker_id",
  attemptEnd: "attempt_end",
  reason: "reason",
  updatedAt: "updated_at",
  completedAt: "completed_at",
};
const stateFields = Object.keys(stateColumns) as (keyof OrderState)[];

function joinByOrder(changes: readonly Change[]): Iterable<Change> {
  const joined = new Map<string, Change>();
  for (const change of changes) {
    const earlier = joined.get(change.id);
    joined.set(change.id, earlier === undefined ? change : { ...change, from: earlier.from });
  }
  return joined.values();
}

type Assignments = Record<string, OrderState[keyof OrderState]>;

function groupByAssignments(changes: Iterable<Change>): Iterable<{ assignments: Assignments; ids: string[] }> {
  const groups = new Map<string, { assignments: Assignments; ids: string[] }>();
  for (const { id, from, state } of changes) {
    const changed = stateFields.filter((field) => comparable(from[field]) !== comparable(state[field]));
    if (changed.length === 0) continue;
    const key = changed.map((field) => `${field}=${comparable(state[field])}`).join("\n");
    const group = groups.get(key);
    if (group !== undefined) group.ids.push(id);
    else groups.set(key, { assignments: assign(changed, state), ids: [id] });
  }
  return groups.values();
}

function comparable(value: OrderState[keyof OrderState]): string | number | null {
  return value instanceof Date ? value.getTime() : value;
}

function assign(fields: readonly (keyof OrderState)[], state: OrderState): Assignments {
  return Object.fromEntries(fields.map((field) => [stateColumns[field], state[field]]));
}

/** In how many parts a total is kept: more than connections that write at the same time. */
const totalParts = 64;

/** How many more orders, or fewer, there are in a status that ends an order. */
export type AddedTotal = readonly [status: Order["status"], added: number];

/** Last in its transaction, so that the part is locked for the time of the commit only. */
export async function addToTotals({ connection }: Session, totals: readonly AddedTotal[]): Promise<void> {
  const added = totals.filter(([, count]) => count !== 0);
  if (added.length === 0) return;
  await connection.query(
    `INSERT INTO order_totals (status, part, total)
    VALUES ${added.map(() => `(?, CONNECTION_ID() % ${totalParts}, ?)`).join()} AS added
    ON DUPLICATE KEY UPDATE total = order_totals.total + added.total`,
    added.flat(),
  );
}

function totalsOf(changes: readonly Change[]): readonly AddedTotal[] {
  return [...endedStatuses].map((status) => {
    const total = changes.filter(({ state }) => state.status === status).length;
    const less = changes.filter(({ from }) => from.status === status).length;
    return [status, total - less];
  });
}

function entryValues(id: string, entry: HistoryEntry) {
  return [raw(uuidLiteral(id)), entry.seq, entry.status, entry.attempt, entry.at, entry.reason, entry.workerId];
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
