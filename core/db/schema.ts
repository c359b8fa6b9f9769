import {
  bigint,
  customType,
  datetime,
  decimal,
  index,
  int,
  json,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  tinyint,
  varchar,
} from "drizzle-orm/mysql-core";
import { attemptEnds, maxReasonLength, type OrderStatus, orderStatuses } from "../domain/order.ts";
import { uuidFromBytes, uuidToBytes } from "./uuid.ts";

/** A UUID in its text form outside and in 16 bytes inside: a third of the size, in every index. */
const uuid = customType<{ data: string; driverData: Buffer }>({
  dataType: () => "binary(16)",
  toDriver: uuidToBytes,
  fromDriver: uuidFromBytes,
});

/** A SHA-256. */
const sha256 = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "binary(32)" });

/** UTC, in milliseconds. */
const time = (name: string) => datetime(name, { mode: "date", fsp: 3 });

export const orders = mysqlTable(
  "orders",
  {
    id: uuid("id").primaryKey(),
    item: varchar("item", { length: 255 }).notNull(),
    quantity: int("quantity", { unsigned: true }).notNull(),
    price: decimal("price", { precision: 12, scale: 2 }).notNull(),
    status: mysqlEnum("status", orderStatuses).notNull(),
    attempt: int("attempt", { unsigned: true }).notNull().default(0),
    failures: int("failures", { unsigned: true }).notNull().default(0),
    version: int("version", { unsigned: true }).notNull().default(0),
    dueAt: time("due_at"),
    runAt: time("run_at"),
    workerId: varchar("worker_id", { length: 64 }),
    attemptEnd: mysqlEnum("attempt_end", attemptEnds),
    reason: varchar("reason", { length: maxReasonLength }),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
    completedAt: time("completed_at"),
    // Unique, and never changed: it costs the insert alone, not the transitions (D7).
    idempotencyKey: sha256("idempotency_key").unique("orders_idempotency_key"),
    fingerprint: sha256("fingerprint"),
  },
  // The only index that transitions change: it serves every repair of the relay and every list by status (D3).
  (table) => [index("orders_status_due_at").on(table.status, table.dueAt)],
);

/**
 * How many orders there are in each status that ends an order, in parts that add up: a transaction adds to the part of
 * its own connection, so that no two wait for each other.
 */
export const orderTotals = mysqlTable(
  "order_totals",
  {
    status: mysqlEnum("status", orderStatuses).notNull(),
    part: tinyint("part", { unsigned: true }).notNull(),
    total: bigint("total", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.status, table.part] })],
);

/** The last count of all orders by status: one row, kept fresh by the relays. */
export const orderCounts = mysqlTable("order_counts", {
  id: tinyint("id", { unsigned: true }).primaryKey(),
  counts: json("counts").$type<Readonly<Record<OrderStatus, number>>>().notNull(),
  asOf: time("as_of").notNull(),
});

/** Written in the transaction that makes the change; clustered by order, as it is read (D8). */
export const orderEvents = mysqlTable(
  "order_events",
  {
    orderId: uuid("order_id").notNull(),
    seq: int("seq", { unsigned: true }).notNull(),
    status: mysqlEnum("status", orderStatuses).notNull(),
    attempt: int("attempt", { unsigned: true }).notNull(),
    at: time("at").notNull(),
    reason: varchar("reason", { length: maxReasonLength }),
    workerId: varchar("worker_id", { length: 64 }),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.seq] })],
);
