import { centsFromDecimal } from "../domain/money.ts";
import { endedStatuses, type HistoryEntry, type Order, type OrderState } from "../domain/order.ts";
import type { Statements } from "./statements.ts";
import { uuidLiteral } from "./uuid.ts";

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

const columns = `BIN_TO_UUID(id), item, quantity, price, status, attempt, failures, version, due_at, run_at, worker_id,
  attempt_end, reason, created_at, updated_at, completed_at, UTC_TIMESTAMP(3)`;

/** A literal costs the driver a tenth of what 16 bytes as a value do, and a batch has thousands of ids. */
function idList(ids: readonly string[]): string {
  return ids.map(uuidLiteral).join();
}

/** Locks orders by id, in the order of ids, whatever the order of the arguments. */
export async function lockOrders(statements: Statements, ids: readonly string[]): Promise<readonly LockedOrder[]> {
  if (ids.length === 0) return [];
  return select(statements, `SELECT ${columns} FROM orders WHERE id IN (${idList(ids)}) ORDER BY id FOR UPDATE`);
}

/** Locks scheduled orders whose time has come, the longest due first; leaves those that others hold. */
export async function lockDue(statements: Statements, limit: number): Promise<readonly LockedOrder[]> {
  return lockByDueTime(statements, "scheduled", "due_at <= UTC_TIMESTAMP(3)", limit);
}

/** Locks orders in work whose lease is over, the longest over first; leaves those that others hold. */
export async function lockExpired(statements: Statements, limit: number): Promise<readonly LockedOrder[]> {
  return lockByDueTime(statements, "processing", "due_at <= UTC_TIMESTAMP(3)", limit);
}

/** Locks pending orders that were enqueued before a time, the longest waiting first; leaves those that others hold. */
export async function lockPendingSince(
  statements: Statements,
  before: Date,
  limit: number,
): Promise<readonly LockedOrder[]> {
  return lockByDueTime(statements, "pending", `due_at < ${statements.literal(before)}`, limit);
}

function lockByDueTime(statements: Statements, status: string, condition: string, limit: number) {
  const sql = `SELECT ${columns} FROM orders FORCE INDEX (orders_status_due_at)
    WHERE status = ${statements.literal(status)} AND ${condition} ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
  return select(statements, sql);
}

/**
 * Writes the new states of locked orders, their history, and the totals of orders that ended. Orders that change in the
 * same way share a statement: a batch of claims or of completions is one UPDATE, however many they are. Of an order's
 * several changes, in the order of happening, the last state is written, and all of the history.
 */
export async function writeChanges(statements: Statements, changes: readonly Change[]): Promise<void> {
  const write: Write = (value) => statements.literal(value);
  for (const [assignments, ids] of groupByAssignments(joinByOrder(changes), write)) {
    await statements.tell(`UPDATE orders SET ${assignments} WHERE id IN (${ids.join()})`);
  }
  const entries = entryRows(changes, write);
  if (entries.length === 0) return;
  await statements.tell(
    `INSERT INTO order_events (order_id, seq, status, attempt, at, reason, worker_id) VALUES ${entries.join()}`,
  );
  await addToTotals(statements, totalsOf(changes));
}

type Value = OrderState[keyof OrderState];
/** Writes a value as a literal. */
type Write = (value: Value) => string;

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

/** The orders that change in the same way, as literals of their ids, by what is assigned to them. */
function groupByAssignments(changes: Iterable<Change>, write: Write): Iterable<[string, string[]]> {
  const groups = new Map<string, string[]>();
  let last: { readonly change: Change; readonly ids: string[] } | undefined;
  for (const change of changes) {
    // To see that an order changes as the one before it takes less time than to write how.
    if (last === undefined || !changesAlike(last.change, change)) {
      const assignments = assignmentsOf(change, write);
      last = { change, ids: groups.get(assignments) ?? [] };
      groups.set(assignments, last.ids);
    }
    last.ids.push(uuidLiteral(change.id));
  }
  groups.delete("");
  return groups;
}

function changesAlike(one: Change, other: Change): boolean {
  return stateFields.every((field) => {
    const isChanged = changesField(one, field);
    if (isChanged !== changesField(other, field)) return false;
    return !isChanged || comparable(one.state[field]) === comparable(other.state[field]);
  });
}

function changesField({ from, state }: Change, field: keyof OrderState): boolean {
  return comparable(from[field]) !== comparable(state[field]);
}

function comparable(value: Value): string | number | null {
  return value instanceof Date ? value.getTime() : value;
}

function assignmentsOf(change: Change, write: Write): string {
  const changed = stateFields.filter((field) => changesField(change, field));
  return changed.map((field) => `${stateColumns[field]} = ${write(change.state[field])}`).join();
}

/** In how many parts a total is kept: more than connections that write at the same time. */
const totalParts = 64;

/** How many more orders, or fewer, there are in a status that ends an order. */
export type AddedTotal = readonly [status: Order["status"], added: number];

/** Last in its transaction, so that the part is locked for the time of the commit only. */
export async function addToTotals(statements: Statements, totals: readonly AddedTotal[]): Promise<void> {
  const added = totals.filter(([, count]) => count !== 0);
  if (added.length === 0) return;
  const rows = added.map(([status, count]) => `('${status}', CONNECTION_ID() % ${totalParts}, ${count})`);
  await statements.tell(
    `INSERT INTO order_totals (status, part, total) VALUES ${rows.join()} AS added
    ON DUPLICATE KEY UPDATE total = order_totals.total + added.total`,
  );
}

function totalsOf(changes: readonly Change[]): readonly AddedTotal[] {
  return [...endedStatuses].map((status) => {
    const total = changes.filter(({ state }) => state.status === status).length;
    const less = changes.filter(({ from }) => from.status === status).length;
    return [status, total - less];
  });
}

/** The rows of the history; what follows the id is written once for entries that say the same one after the other. */
function entryRows(changes: readonly Change[], write: Write): string[] {
  let last: { readonly entry: HistoryEntry; readonly text: string } | undefined;
  return changes.flatMap(({ id, entry }) => {
    if (entry === undefined) return [];
    if (last === undefined || !saysTheSame(last.entry, entry)) last = { entry, text: entryText(entry, write) };
    return `(${uuidLiteral(id)},${last.text})`;
  });
}

function saysTheSame(one: HistoryEntry, other: HistoryEntry): boolean {
  return (
    one.seq === other.seq &&
    one.status === other.status &&
    one.attempt === other.attempt &&
    one.at.getTime() === other.at.getTime() &&
    one.reason === other.reason &&
    one.workerId === other.workerId
  );
}

function entryText({ seq, status, attempt, at, reason, workerId }: HistoryEntry, write: Write): string {
  return [seq, status, attempt, at, reason, workerId].map(write).join();
}

/** A row of {@link columns}, in their order. */
type Row = [
  string,
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

async function select(statements: Statements, sql: string): Promise<readonly LockedOrder[]> {
  return (await statements.ask<Row>(sql)).map(lockedFromRow);
}

function lockedFromRow(row: Row): LockedOrder {
  const [id, item, quantity, price, status, attempt, failures, version, dueAt, runAt, workerId] = row;
  const [, , , , , , , , , , , attemptEnd, reason, createdAt, updatedAt, completedAt, now] = row;
  return {
    order: {
      id,
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
