import type { RowDataPacket } from "mysql2/promise";
import type { Session } from "./database.ts";

/** So many of the newest orders are looked at, whatever has become of them: the cost is the same at any size. */
const newestOrders = 1_000;

/**
 * How long each of the newest orders that are completed took, from its creation, or its `runAt` if it had one, in
 * milliseconds; never negative, although its creation is by the handler's clock and its completion by MySQL's.
 */
export async function newestLatencies({ connection }: Session): Promise<readonly number[]> {
  const [rows] = await connection.query<(RowDataPacket & { tookMs: number })[]>(
    `SELECT GREATEST(0, TIMESTAMPDIFF(MICROSECOND, COALESCE(run_at, created_at), completed_at)) DIV 1000 AS tookMs
    FROM (SELECT run_at, created_at, completed_at FROM orders FORCE INDEX (PRIMARY) ORDER BY id DESC LIMIT ?) AS newest
    WHERE completed_at IS NOT NULL`,
    [newestOrders],
  );
  return rows.map(({ tookMs }) => tookMs);
}
