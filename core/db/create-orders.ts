import { getTableColumns, inArray, sql } from "drizzle-orm";
import type { MySqlColumn } from "drizzle-orm/mysql-core";
import { decimalFromCents } from "../domain/money.ts";
import type { Order } from "../domain/order.ts";
import type { Session } from "./database.ts";
import { isDuplicate } from "./errors.ts";
import { orderFromRow } from "./orders.ts";
import { ormOf } from "./orm.ts";
import { orders } from "./schema.ts";

/** What makes a create that is sent again the same create (D7). */
export interface Idempotency {
  /** The SHA-256 of the caller's name and key. */
  readonly key: Buffer;
  /** The SHA-256 of what was asked for, after validation. */
  readonly fingerprint: Buffer;
}

export interface NewOrder {
  readonly order: Order;
  readonly idempotency?: Idempotency | undefined;
}

/** What became of a create: a replay answers the order that the key made before; a conflict, that it made another. */
export type Creation =
  | { readonly outcome: "created" | "replayed"; readonly order: Order }
  | { readonly outcome: "conflict" };

/**
 * Stores new orders with one INSERT, all or none of them; those whose key has made an order before are replayed instead.
 * Creating the same orders again, after a lost connection, changes nothing.
 *
 * @returns what became of each, in order
 */
export async function createOrders(session: Session, wanted: readonly NewOrder[]): Promise<readonly Creation[]> {
  // Of those with the same key in one call the first leads; the others are compared with what it made.
  const leaders = new Map(wanted.map((one) => [keyOf(one), one] as const).reverse());
  const stored = new Map<string, NewOrder>();
  while (stored.size < leaders.size) {
    const missing = [...leaders.values()].filter((one) => !stored.has(keyOf(one)));
    try {
      await insert(session, missing);
      for (const one of missing) stored.set(keyOf(one), one);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      // Others may use the keys one after the other meanwhile: each try finds one of them at least.
      const found = await findStored(session, missing);
      if (found.length === 0) throw error;
      for (const one of found) stored.set(keyOf(one), one);
    }
  }
  return wanted.map((one) => creationOf(one, stored.get(keyOf(one))));
}

/** What tells orders of one call apart: the idempotency key, or where there is none the id. */
function keyOf({ order, idempotency }: NewOrder): string {
  return idempotency === undefined ? order.id : idempotency.key.toString("hex");
}

function creationOf(wanted: NewOrder, stored: NewOrder | undefined): Creation {
  if (stored === undefined) throw new Error(`the order ${wanted.order.id} was neither stored nor found`);
  if (stored.order.id === wanted.order.id) return { outcome: "created", order: wanted.order };
  const isSame = stored.idempotency?.fingerprint.equals(wanted.idempotency?.fingerprint ?? Buffer.alloc(0));
  return isSame ? { outcome: "replayed", order: stored.order } : { outcome: "conflict" };
}

type Row = typeof orders.$inferInsert;

const columns = Object.entries(getTableColumns(orders)) as [keyof Row, MySqlColumn][];

/** Written once: to have drizzle write it for every order costs more than all else that a create does beside waiting. */
const insertInto = sql.raw(
  `insert into \`orders\` (${columns.map(([, { name }]) => `\`${name}\``).join(", ")}) values `,
);

/** The driver writes it as it is. */
const now = { toSqlString: () => "UTC_TIMESTAMP(3)" };

/** Never INSERT IGNORE, which hides other errors. Rows in the order of their keys, so that two batches do not deadlock. */
async function insert(session: Session, missing: readonly NewOrder[]): Promise<void> {
  const sorted = missing.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  // The driver writes a list of lists as rows: (…), (…).
  await ormOf(session).execute(sql`${insertInto}${sql.param(sorted.map(valuesOf))}`);
}

/** What is stored of an order, in the order of the columns. */
function valuesOf({ order: { priceCents, ...order }, idempotency }: NewOrder): unknown[] {
  const row: Row = {
    ...order,
    price: decimalFromCents(priceCents),
    idempotencyKey: idempotency?.key ?? null,
    fingerprint: idempotency?.fingerprint ?? null,
  };
  return columns.map(([name, column]) => {
    // By the clock that every later time is taken from (D6).
    if (name === "dueAt" && order.status === "pending") return now;
    const value = row[name];
    return value === null ? null : column.mapToDriverValue(value);
  });
}

/** Those that are stored already: by this very call, whose answer was lost, or under their key by another. */
async function findStored(session: Session, missing: readonly NewOrder[]): Promise<readonly NewOrder[]> {
  const ids = missing.map(({ order }) => order.id);
  const keys = missing.flatMap(({ idempotency }) => (idempotency === undefined ? [] : [idempotency.key]));
  const byId = await ormOf(session).select().from(orders).where(inArray(orders.id, ids));
  // An empty list is no condition at all to drizzle.
  const byKey =
    keys.length === 0 ? [] : await ormOf(session).select().from(orders).where(inArray(orders.idempotencyKey, keys));
  return [...byKey, ...byId].map(newOrderFromRow);
}

function newOrderFromRow({ idempotencyKey: key, fingerprint, ...row }: typeof orders.$inferSelect): NewOrder {
  const idempotency = key === null || fingerprint === null ? undefined : { key, fingerprint };
  return { order: orderFromRow(row), idempotency };
}
