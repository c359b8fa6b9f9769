import type { RowDataPacket } from "mysql2/promise";
import type { Session } from "./database.ts";
import { uuidFromBytes, uuidLiteral } from "./uuid.ts";

/**
 * The ids of failed orders, oldest first, along the index: whoever goes on from the last one meets each order once, even
 * one that fails again meanwhile.
 *
 * @param after begin behind this id
 */
export async function findFailed(
  { connection }: Session,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly string[]> {
  const behind = after === undefined ? "" : `AND id > ${uuidLiteral(after)}`;
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT id FROM orders FORCE INDEX (orders_status_due_at)
    WHERE status = 'failed' AND due_at IS NULL ${behind} ORDER BY id LIMIT ?`,
    [limit],
  );
  return rows.map(({ id }) => uuidFromBytes(id));
}
