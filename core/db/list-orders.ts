import { and, asc, desc, eq, gt, gte, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import { endedStatuses, type Order, type OrderStatus, orderStatuses } from "../domain/order.ts";
import type { Session } from "./database.ts";
import { orderColumns, orderFromRow } from "./orders.ts";
import { ormOf } from "./orm.ts";
import { orders } from "./schema.ts";

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
  return pageOf(session, page, inList(page));
}

/**
 * So many rows are looked at for one page of a search. With a million orders 10,000 took 27 ms by the primary key and
 * 75 ms by status, where each row is fetched by itself: half of them stay under 50 ms.
 */
const searchedAtOnce = 5_000;

/** What of a list was looked at for one page of a search. */
export interface Searched {
  /** Those that were found, up to the page's limit. */
  readonly orders: readonly Order[];
  /** Where to go on; null when the whole list was looked at. */
  readonly end: Position | null;
}

/**
 * A page of the orders whose item contains a text, in upper or lower case: an index cannot find them, so a bounded part
 * of the list is looked at (its next {@link searchedAtOnce} orders) and the search goes on behind it.
 *
 * @param lookAt how many orders are looked at
 */
export async function searchOrders(
  session: Session,
  page: Page & { readonly item: string },
  lookAt = searchedAtOnce,
): Promise<Searched> {
  const end = await positionBehind(session, page, lookAt);
  const found = await pageOf(
    session,
    { ...page, limit: page.limit + 1 },
    and(inList(page), end && notBehind(page, end), contains(page.item)),
  );
  // One more than asked for tells that the page ends before what is looked at does.
  if (found.length <= page.limit) return { orders: found, end: end ?? null };
  const shown = found.slice(0, page.limit);
  return { orders: shown, end: shown.at(-1) ?? null };
}

/** Where a part of this many orders of a list ends; undefined when no order is behind it. */
async function positionBehind(session: Session, page: Page, count: number): Promise<Position | undefined> {
  const [last, next] = await ormOf(session)
    .select({ id: orders.id, dueAt: orders.dueAt })
    .from(orders, indexOf(page))
    .where(inList(page))
    .orderBy(...orderOf(page))
    .limit(2)
    .offset(count - 1);
  return next && last;
}

async function pageOf(session: Session, page: Page, where: SQL | undefined): Promise<readonly Order[]> {
  const rows = await ormOf(session)
    .select(orderColumns)
    .from(orders, indexOf(page))
    .where(where)
    .orderBy(...orderOf(page))
    .limit(page.limit);
  return rows.map(orderFromRow);
}

/** Left to itself the optimizer may scan the primary key for a rare status, or sort what an index has in order. */
function indexOf({ status }: Page) {
  return { forceIndex: status === undefined ? "PRIMARY" : "orders_status_due_at" };
}

function orderOf({ status }: Page): SQL[] {
  return isListedByDueTime(status) ? [asc(orders.dueAt), asc(orders.id)] : [desc(orders.id)];
}

/** Orders of the list, behind where the page begins. */
function inList({ status, after }: Page): SQL | undefined {
  if (isListedByDueTime(status)) {
    const inStatus = status && eq(orders.status, status);
    if (after?.dueAt == null) return inStatus;
    return and(
      inStatus,
      or(gt(orders.dueAt, after.dueAt), and(eq(orders.dueAt, after.dueAt), gt(orders.id, after.id))),
    );
  }
  // IS NULL fixes the whole index prefix: a reverse lookup without a sort.
  const inStatus = status && and(eq(orders.status, status), isNull(orders.dueAt));
  return and(inStatus, after && lt(orders.id, after.id));
}

/** Orders up to this one and including it. */
function notBehind({ status }: Page, { id, dueAt }: Position): SQL | undefined {
  if (!isListedByDueTime(status)) return gte(orders.id, id);
  if (dueAt === null) return undefined;
  return or(lt(orders.dueAt, dueAt), and(eq(orders.dueAt, dueAt), lte(orders.id, id)));
}

/** Every character stands for itself. Accents count, case does not: the columns' own collation ignores both. */
function contains(item: string): SQL {
  const pattern = `%${item.replace(/[|%_]/g, "|$&")}%`;
  return sql`${orders.item} LIKE ${pattern} COLLATE utf8mb4_0900_as_ci ESCAPE '|'`;
}
