import { and, asc, desc, eq, getTableColumns, gt, isNull, lt, or, type SQL } from "drizzle-orm";
import { centsFromDecimal } from "../domain/money.ts";
import { endedStatuses, type HistoryEntry, type Order, type OrderStatus, orderStatuses } from "../domain/order.ts";
import type { Session } from "./database.ts";
import { ormOf } from "./orm.ts";
import { orderEvents, orders } from "./schema.ts";

// What a client asked with is compared where orders are created, and is no part of the order.
const { idempotencyKey: _key, fingerprint: _fingerprint, ...orderColumns } = getTableColumns(orders);

/** The order with this id, or undefined. */
export async function findOrder(session: Session, id: string): Promise<Order | undefined> {
  const [row] = await ormOf(session).select(orderColumns).from(orders).where(eq(orders.id, id));
  return row && orderFromRow(row);
}

/** The state changes of an order in the order of happening; its creation is not one of them (D8). */
export async function findHistory(session: Session, orderId: string): Promise<readonly HistoryEntry[]> {
  const orm = ormOf(session);
  return orm.select().from(orderEvents).where(eq(orderEvents.orderId, orderId)).orderBy(asc(orderEvents.seq));
}

/** Lists by status are ordered by due time where there is one, the soonest first; all others newest first. */
export function isListedByDueTime(status: string | undefined): boolean {
  return orderStatuses.some((one) => one === status && !endedStatuses.has(one));
}

/** Where a page of a list begins: behind the order with this id, and in a list by due time with this due time. */
export interface Position {
  readonly id: string;
  readonly dueAt: Date | null;
}

export interface Page {
  readonly status?: OrderStatus | undefined;
  readonly after?: Position | undefined;
  readonly limit: number;
}

/** A page of orders: keyset pagination along an index, so that every page costs the same at any depth. */
export async function listOrders(session: Session, page: Page): Promise<readonly Order[]> {
  const byDueTime = isListedByDueTime(page.status);
  // Left to itself the optimizer may scan the primary key for a rare status.
  const hint = page.status === undefined ? {} : { forceIndex: "orders_status_due_at" };
  const rows = await ormOf(session)
    .select(orderColumns)
    .from(orders, hint)
    .where(and(...(byDueTime ? dueTimeConditions(page) : newestConditions(page))))
    .orderBy(...(byDueTime ? [asc(orders.dueAt), asc(orders.id)] : [desc(orders.id)]))
    .limit(page.limit);
  return rows.map(orderFromRow);
}

function dueTimeConditions({ status, after }: Page): (SQL | undefined)[] {
  const inStatus = status && eq(orders.status, status);
  if (after?.dueAt == null) return [inStatus];
  return [inStatus, or(gt(orders.dueAt, after.dueAt), and(eq(orders.dueAt, after.dueAt), gt(orders.id, after.id)))];
}

function newestConditions({ status, after }: Page): (SQL | undefined)[] {
  // IS NULL fixes the whole index prefix: a reverse lookup without a sort.
  const inStatus = status && and(eq(orders.status, status), isNull(orders.dueAt));
  return [inStatus, after && lt(orders.id, after.id)];
}

/** An order as it is stored, from the columns that are its own. */
export function orderFromRow({
  price,
  ...row
}: Omit<typeof orders.$inferSelect, "idempotencyKey" | "fingerprint">): Order {
  return { ...row, priceCents: centsFromDecimal(price) };
}
