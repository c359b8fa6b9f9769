import type { Pool, ResultSetHeader } from "mysql2/promise";

/** Rows of one INSERT. */
const chunk = 1_000;

/** Stores orders as `POST /orders` does, many in a statement, and yields their ids as they are stored. */
export async function* insertOrders(pool: Pool, count: number): AsyncGenerator<number[]> {
  for (let left = count; left > 0; left -= chunk) {
    const size = Math.min(left, chunk);
    const now = new Date();
    const rows = Array.from({ length: size }, () => ["Laptop", 2, 1299.99, "pending", now, now]);
    const [{ insertId }] = await pool.query<ResultSetHeader>(
      "INSERT INTO orders (item, quantity, price, status, created_at, updated_at) VALUES ?",
      [rows],
    );
    // MySQL numbers the rows of one INSERT … VALUES without a gap (manual, "AUTO_INCREMENT Handling in InnoDB").
    yield Array.from({ length: size }, (_, index) => insertId + index);
  }
}
