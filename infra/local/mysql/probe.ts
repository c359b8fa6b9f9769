import { createConnection, type RowDataPacket } from "mysql2/promise";
import { connectionOptions } from "../../../core/db/connection-options.ts";

/** Asks a MySQL server for its version; throws when it does not answer within the time limit. */
export async function mysqlVersion(url: string, timeoutMs = 2_000): Promise<string> {
  const connection = await createConnection({ ...connectionOptions(url), connectTimeout: timeoutMs });
  try {
    const [rows] = await connection.query<RowDataPacket[]>({ sql: "SELECT VERSION() AS version", timeout: timeoutMs });
    return String(rows[0]?.version);
  } finally {
    connection.destroy();
  }
}
