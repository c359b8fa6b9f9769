import type { RowDataPacket } from "mysql2/promise";
import { createOrders } from "../../core/db/create-orders.ts";
import type { Database, Session } from "../../core/db/database.ts";
import { createBirths } from "../../core/domain/identity.ts";
import {
  endedStatuses,
  newOrder,
  type Order,
  type OrderContent,
  type OrderStatus,
  orderStatuses,
} from "../../core/domain/order.ts";
import { until } from "./until.ts";

const nextBirth = createBirths(Date.now);

/** Stores an order, in whatever state it is. */
export async function insertOrder(session: Session, order: Order): Promise<void> {
  await createOrders(session, [{ order }]);
}

/** Stores new orders as the handlers do, and answers them. They are not enqueued. */
export async function storeOrders(
  database: Database,
  count: number,
  content: Partial<OrderContent> = {},
): Promise<Order[]> {
  const orders = Array.from({ length: count }, () => {
    const { id, createdAt } = nextBirth();
    return newOrder(id, { item: "Laptop", quantity: 2, priceCents: 129_999, runAt: null, ...content }, createdAt);
  });
  for (const order of orders) await database.run((session) => insertOrder(session, order));
  return orders;
}

/** What MySQL holds of an order, with its times as ages: milliseconds ago by MySQL's clock. */
export interface StoredState {
  readonly status: OrderStatus;
  readonly attempt: number;
  readonly failures: number;
  readonly version: number;
  readonly workerId: string | null;
  readonly attemptEnd: string | null;
  readonly reason: string | null;
  /** Positive when it is still to come. */
  readonly dueInMs: number | null;
}

export async function storedState(database: Database, id: string): Promise<StoredState> {
  const [state] = await rows<StoredState>(
    database,
    `SELECT status, attempt, failures, version, worker_id AS workerId, attempt_end AS attemptEnd, reason,
      TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), due_at) / 1000 AS dueInMs
    FROM orders WHERE id = UUID_TO_BIN(?)`,
    [id],
  );
  if (state === undefined) throw new Error(`there is no order ${id}`);
  return { ...state, dueInMs: state.dueInMs === null ? null : Number(state.dueInMs) };
}

/** One line of an order's history, without its time. */
export interface StoredEvent {
  readonly seq: number;
  readonly status: OrderStatus;
  readonly attempt: number;
  readonly worker: string | null;
  readonly reason: string | null;
}

export async function storedHistory(database: Database, id: string): Promise<StoredEvent[]> {
  return rows<StoredEvent>(
    database,
    `SELECT seq, status, attempt, worker_id AS worker, reason FROM order_events
    WHERE order_id = UUID_TO_BIN(?) ORDER BY seq`,
    [id],
  );
}

/** How many orders there are of each status. */
export async function countByStatus(database: Database): Promise<Partial<Record<OrderStatus, number>>> {
  const counts = await rows<{ status: OrderStatus; count: number }>(
    database,
    "SELECT status, COUNT(*) AS count FROM orders GROUP BY status",
  );
  return Object.fromEntries(counts.map(({ status, count }) => [status, count]));
}

/** Waits until every order has ended; fails with how many there are of each status that has not. */
export async function untilAllEnded(database: Database, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const allEnded = async () => {
    const counts = await countByStatus(database);
    const open = orderStatuses.filter((status) => !endedStatuses.has(status) && (counts[status] ?? 0) > 0);
    if (open.length > 0) throw new Error(open.map((status) => `${counts[status]} ${status}`).join(", "));
    return true;
  };
  await until("every order has ended", allEnded, timeoutMs, signal);
}

/** Moves an order's due time, as if time had passed. */
export async function setDue(database: Database, ids: readonly string[], inMs: number): Promise<void> {
  await rows(
    database,
    "UPDATE orders SET due_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND WHERE BIN_TO_UUID(id) IN (?)",
    [inMs * 1_000, ids],
  );
}

/** Runs a statement; every row is a plain object. */
export async function rows<T>(database: Database, sql: string, values: unknown[] = []): Promise<T[]> {
  return database.run(async ({ connection }) => {
    const [found] = await connection.query<RowDataPacket[]>(sql, values);
    return Array.isArray(found) ? found.map((row) => ({ ...row }) as T) : [];
  });
}
