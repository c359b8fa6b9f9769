import { asc, eq, getTableColumns } from "drizzle-orm";
import { centsFromDecimal } from "../domain/money.ts";
import type { HistoryEntry, Order } from "../domain/order.ts";
import type { Session } from "./database.ts";
import { ormOf } from "./orm.ts";
import { orderEvents, orders } from "./schema.ts";

// What a client asked with is compared where orders are created, and is no part of the order.
const { idempotencyKey: _key, fingerprint: _fingerprint, ...columns } = getTableColumns(orders);

/** The columns of an order that are its own. */
export const orderColumns = columns;

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

/** An order as it is stored, from the columns that are its own. */
export function orderFromRow({
  price,
  ...row
}: Omit<typeof orders.$inferSelect, "idempotencyKey" | "fingerprint">): Order {
  return { ...row, priceCents: centsFromDecimal(price) };
}
