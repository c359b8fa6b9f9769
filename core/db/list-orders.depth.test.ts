import { drizzle } from "drizzle-orm/mysql2";
import { beforeAll, describe, expect, it } from "vitest";
import { entriesRead } from "../../test/harness/cost.ts";
import { useDatabase } from "../../test/harness/database.ts";
import { rows } from "../../test/harness/orders.ts";
import { type OrderStatus, orderStatuses } from "../domain/order.ts";
import type { Session } from "./database.ts";
import { isListedByDueTime, listOrders, type Page, type Position } from "./list-orders.ts";

const { database } = useDatabase();
const orderCount = 20_000;
const limit = 50;
const filters: readonly (OrderStatus | undefined)[] = [undefined, ...orderStatuses];

/**
 * Stores many orders at once, a sixth of them in each status but for what is rare.
 *
 * @param sameDueTime how many in a row share their due time
 */
async function store(sameDueTime: number, rare: OrderStatus): Promise<void> {
  await rows(database, "TRUNCATE orders");
  await rows(
    database,
    `INSERT /*+ SET_VAR(cte_max_recursion_depth = 100000) */ INTO orders (id, item, quantity, price, status, due_at, created_at, updated_at)
    WITH RECURSIVE
      n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < ?),
      each_order (n, status) AS (SELECT n, ELT(1 + n % 6, ?) FROM n)
    SELECT UNHEX(CONCAT(LPAD(HEX(1763900000000 + n), 12, '0'), '70008000000000000000')), 'Laptop', 2, 1299.99,
      IF(status = ? AND n % 1000 > 6, 'completed', status),
      IF(status IN ('scheduled', 'pending', 'processing') AND NOT (status = ? AND n % 1000 > 6),
        '2026-11-23 12:00:00' + INTERVAL n DIV ? SECOND, NULL),
      '2026-11-23 12:00:00', '2026-11-23 12:00:00' FROM each_order`,
    [orderCount, orderStatuses, rare, rare, sameDueTime],
  );
  await rows(database, "ANALYZE TABLE orders");
  const [stored] = await rows<{ count: number }>(database, "SELECT COUNT(*) AS count FROM orders");
  expect(stored?.count).toBe(orderCount);
}

/** Where a page begins that has this part of its list before it. */
async function positionAt(part: number, status: OrderStatus | undefined): Promise<Position> {
  const inStatus = status === undefined ? "TRUE" : "status = ?";
  const order = isListedByDueTime(status) ? "due_at, id" : "id DESC";
  const [total] = await rows<{ count: number }>(database, `SELECT COUNT(*) AS count FROM orders WHERE ${inStatus}`, [
    status,
  ]);
  const [at] = await rows<Position>(
    database,
    `SELECT BIN_TO_UUID(id) AS id, due_at AS dueAt FROM orders WHERE ${inStatus} ORDER BY ${order} LIMIT 1 OFFSET ?`,
    [...(status === undefined ? [] : [status]), Math.floor((total?.count ?? 0) * part)],
  );
  if (at === undefined) throw new Error("there are no such orders");
  return at;
}

/** What MySQL did for a page, step by step. MySQL manual, "Obtaining Information with EXPLAIN ANALYZE". */
async function analysis(page: Page): Promise<string> {
  const statements: { sql: string; values: unknown[] }[] = [];
  const logger = { logQuery: (sql: string, values: unknown[]) => void statements.push({ sql, values }) };
  await database.run((plain) => {
    const session: Session = { ...plain, orm: drizzle({ client: plain.connection.connection, logger }) };
    return listOrders(session, page);
  });
  const [statement] = statements;
  const [told] = await rows<{ EXPLAIN: string }>(database, `EXPLAIN ANALYZE ${statement?.sql}`, statement?.values);
  return told?.EXPLAIN ?? "";
}

/** The most rows that any step of an analysis has seen. */
function mostRows(told: string): number {
  const seen = [...told.matchAll(/actual time=\S+ rows=(\S+) loops=(\d+)/g)];
  return Math.max(...seen.map(([, rows, loops]) => Number(rows) * Number(loops)));
}

describe.each([
  { what: "due one by one", sameDueTime: 1, rare: "failed" },
  { what: "due in crowds", sameDueTime: 500, rare: "cancelled" },
  { what: "all due at once", sameDueTime: orderCount, rare: "scheduled" },
] as const)(`any page of ${orderCount} orders that are $what, of which few are $rare, costs the same`, (content) => {
  beforeAll(() => store(content.sameDueTime, content.rare));

  it.each(filters)("in the list by status %s", async (status) => {
    for (const part of [undefined, 0, 0.1, 0.5, 0.9, 0.99]) {
      const after = part === undefined ? undefined : await positionAt(part, status);
      const page = { status, after, limit };
      const told = await analysis(page);
      expect(mostRows(told), told).toBeLessThanOrEqual(limit);
      expect(told).not.toContain("Sort");
      // One more for where it ends, and one for each range of the index that it begins in.
      expect(await entriesRead(database, (session) => listOrders(session, page))).toBeLessThanOrEqual(limit + 3);
    }
  });
});
