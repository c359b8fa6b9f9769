import type { Database } from "../../core/db/database.ts";
import type { OrderStatus } from "../../core/domain/order.ts";
import { rows } from "../harness/orders.ts";

/** A line of an order's history, as MySQL has it. */
export interface Line {
  readonly seq: number;
  readonly status: OrderStatus;
  readonly attempt: number;
  readonly worker: string | null;
  readonly reason: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** An order with its history, as MySQL has them. */
export interface Account {
  readonly id: string;
  readonly item: string;
  readonly quantity: number;
  /** A decimal number. */
  readonly price: string;
  readonly status: OrderStatus;
  readonly attempt: number;
  readonly version: number;
  readonly worker: string | null;
  readonly idempotencyKey: string | null;
  /** Whether its maker wanted it to wait. */
  readonly isPutOff: boolean;
  /** Whether it waits for something to happen at a time. */
  readonly isDue: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly history: readonly Line[];
}

/** Independent of the session's time zone: the columns are UTC. */
const millis = (column: string) => `TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${column}) DIV 1000`;

/** Everything that MySQL knows of all orders. */
export async function readBooks(database: Database): Promise<readonly Account[]> {
  const lines = await rows<Line & { id: string }>(
    database,
    `SELECT BIN_TO_UUID(order_id) AS id, seq, status, attempt, worker_id AS worker, reason, ${millis("at")} AS at
    FROM order_events ORDER BY order_id, seq`,
  );
  const histories = Map.groupBy(lines, ({ id }) => id);
  const accounts = await rows<Omit<Account, "history" | "isDue" | "isPutOff"> & { isDue: number; isPutOff: number }>(
    database,
    `SELECT BIN_TO_UUID(id) AS id, item, quantity, price, status, attempt, version, worker_id AS worker,
      HEX(idempotency_key) AS idempotencyKey, run_at IS NOT NULL AS isPutOff, due_at IS NOT NULL AS isDue,
      ${millis("created_at")} AS createdAt, ${millis("completed_at")} AS completedAt
    FROM orders ORDER BY id`,
  );
  return accounts.map((account) => ({
    ...account,
    isPutOff: account.isPutOff === 1,
    isDue: account.isDue === 1,
    history: histories.get(account.id) ?? [],
  }));
}

/** How many lines of history have a reason that begins so. */
export function linesBecause(accounts: readonly Account[], reason: string): number {
  const lines = accounts.flatMap(({ history }) => history);
  return lines.filter((line) => line.reason?.startsWith(reason)).length;
}

/** History of orders that are not there. */
export async function countOrphans(database: Database): Promise<number> {
  const [row] = await rows<{ count: number }>(
    database,
    "SELECT COUNT(*) AS count FROM order_events LEFT JOIN orders ON orders.id = order_id WHERE orders.id IS NULL",
  );
  return row?.count ?? 0;
}
