import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/mysql2";
import { migrate } from "drizzle-orm/mysql2/migrator";
import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import { DatabaseUnavailable } from "./errors.ts";
import { assertSupported } from "./server.ts";

const migrationsFolder = fileURLToPath(new URL("./migrations", import.meta.url));

/**
 * Brings the database up to the newest schema. Safe to run at any time, any number of times, and from several
 * processes at once: they take turns.
 *
 * @param lockSeconds how long to wait for another migration of the same database
 * @throws {UnsupportedDatabase} the server is not a MySQL that is supported
 * @throws {DatabaseUnavailable} another migration has not ended in that time
 */
export async function migrateDatabase(url: string, lockSeconds = 120): Promise<void> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: 5_000, timezone: "Z" });
  try {
    await assertSupported(connection);
    await withLock(connection, lockSeconds, () => migrate(drizzle({ client: connection }), { migrationsFolder }));
  } finally {
    await connection.end();
  }
}

/** MySQL frees the lock by itself when the connection ends. MySQL manual, "Locking Functions". */
async function withLock(connection: Connection, lockSeconds: number, work: () => Promise<void>): Promise<void> {
  const name = "CONCAT('migrate:', LEFT(SHA2(DATABASE(), 256), 40))";
  const [[row]] = await connection.query<RowDataPacket[]>(`SELECT GET_LOCK(${name}, ?) AS granted`, [lockSeconds]);
  if (row?.granted !== 1) throw new DatabaseUnavailable(`another migration has been running for over ${lockSeconds} s`);
  try {
    await work();
  } finally {
    await connection.query(`DO RELEASE_LOCK(${name})`);
  }
}
