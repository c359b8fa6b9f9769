import type { Connection } from "mysql2/promise";
import type { OrderStatus } from "../core/domain/order.ts";
import type { Ground } from "./ground.ts";

/** Rows that one statement makes. */
const chunk = 100_000;

/** How many rows there are to be of each status. */
export type Mix = Readonly<Partial<Record<OrderStatus, number>>>;

/**
 * Makes rows of orders that lie in the past, in ids that are in order of creation, a millisecond apart; a thousand of
 * each status in turn. None of them is due, so that no relay and no worker touches them. They are no part of what is
 * measured, so they do not go to the binary log. Nor have they a history.
 */
export async function makeRows(ground: Ground, databaseUrl: string, mix: Mix): Promise<void> {
  const statuses = Object.entries(mix).flatMap(([status, count]) =>
    Array<string>(Math.ceil(count / 1_000)).fill(status),
  );
  const inTurn = interleaved(statuses);
  await ground.asRoot(async (connection) => {
    await connection.query(`USE ${new URL(databaseUrl).pathname.slice(1)}`);
    await connection.query("SET SESSION sql_log_bin = 0");
    for (let made = 0; made < inTurn.length * 1_000; made += chunk) {
      await insertChunk(connection, made, inTurn.slice(made / 1_000, (made + chunk) / 1_000), inTurn.length * 1_000);
    }
    for (const [status, count] of Object.entries(mix)) {
      if (!ended.has(status)) continue;
      await connection.query(
        "INSERT INTO order_totals (status, part, total) VALUES (?, 0, ?) AS added ON DUPLICATE KEY UPDATE total = order_totals.total + added.total",
        [status, count],
      );
    }
    await connection.query("ANALYZE TABLE orders");
  });
}

const ended: ReadonlySet<string> = new Set(["completed", "failed", "cancelled"]);

/** Spreads what is grouped, each kind evenly. */
function interleaved(words: readonly string[]): readonly string[] {
  const totals = new Map<string, number>();
  for (const word of words) totals.set(word, (totals.get(word) ?? 0) + 1);
  const seen = new Map<string, number>();
  const placed = words.map((word) => {
    const count = seen.get(word) ?? 0;
    seen.set(word, count + 1);
    return { word, at: (count + 0.5) / (totals.get(word) ?? 1) };
  });
  return placed.toSorted((one, other) => one.at - other.at).map(({ word }) => word);
}

/** 0 to 99,999. */
const numbers = (() => {
  const digit = (name: string) =>
    `(SELECT 0 AS d UNION ALL ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((d) => `SELECT ${d}`).join(" UNION ALL ")}) AS ${name}`;
  return `(SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n
    FROM ${["a", "b", "c", "e", "f"].map(digit).join(", ")}) AS numbers`;
})();

async function insertChunk(connection: Connection, made: number, statuses: readonly string[], all: number) {
  const begin = Date.now() - 86_400_000 - (all - made);
  await connection.query(
    `INSERT INTO orders (id, item, quantity, price, status, attempt, failures, version, due_at, worker_id, attempt_end,
      reason, created_at, updated_at, completed_at)
    SELECT UNHEX(CONCAT(LPAD(HEX(? + n), 12, '0'), '7', SUBSTRING(SHA2(n, 224), 1, 3), '8', SUBSTRING(SHA2(n, 224), 4, 15))),
      CONCAT('Laptop ', n), 2, 1299.99, status,
      IF(status IN ('pending', 'scheduled', 'cancelled'), 0, 1), IF(status = 'failed', 5, 0),
      CASE status WHEN 'completed' THEN 2 WHEN 'processing' THEN 1 ELSE 0 END,
      IF(status IN ('completed', 'failed', 'cancelled'), NULL, UTC_TIMESTAMP(3) + INTERVAL 1 DAY + INTERVAL n SECOND),
      IF(status IN ('processing', 'completed', 'failed'), 'bench-1-00000000', NULL),
      CASE status WHEN 'completed' THEN 'completed' WHEN 'failed' THEN 'failed' END,
      IF(status = 'failed', 'no stock', NULL),
      at, at, IF(status = 'completed', at, NULL)
    FROM (SELECT n, FROM_UNIXTIME((? + n) / 1000) AS at, ELT(1 + n DIV 1000, ?) AS status FROM ${numbers} WHERE n < ? ORDER BY n) AS made`,
    [begin, begin, statuses, statuses.length * 1_000],
  );
}
