import type { Connection, RowDataPacket } from "mysql2/promise";
import { DatabaseUnavailable, hasNoTables, UnsupportedDatabase } from "./errors.ts";

/** The oldest MySQL with everything that the statements use: `VALUES ROW()` came with it. */
const oldest = [8, 0, 19] as const;

/**
 * Checks the server's kind and version (D12).
 *
 * @throws {UnsupportedDatabase} with a message that says what is there and what is needed
 */
export async function assertSupported(connection: Pick<Connection, "query">): Promise<void> {
  const [[row]] = await connection.query<RowDataPacket[]>("SELECT VERSION() AS version");
  const problem = unsupported(String(row?.version));
  if (problem !== undefined) throw new UnsupportedDatabase(problem);
}

/**
 * Checks that the schema is there, so that a process which starts before the migration waits for it.
 *
 * @throws {DatabaseUnavailable} the migration did not run yet
 */
export async function assertMigrated(connection: Pick<Connection, "query">): Promise<void> {
  try {
    await connection.query("SELECT 1 FROM orders, order_events LIMIT 0");
  } catch (error) {
    if (!hasNoTables(error)) throw error;
    throw new DatabaseUnavailable("the database has no tables yet: npm run migrate", { cause: error });
  }
}

/** Says what is wrong with a server of this `VERSION()`, or undefined when it is supported. */
export function unsupported(version: string): string | undefined {
  const needed = `MySQL ${oldest.join(".")} or newer is needed`;
  if (/mariadb/i.test(version)) return `MYSQL_URL leads to MariaDB (${version}), which is not supported: ${needed}`;
  const numbers = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (numbers === undefined) return `MYSQL_URL leads to a server of an unknown kind (${version}): ${needed}`;
  return isAtLeast(numbers, oldest) ? undefined : `MYSQL_URL leads to MySQL ${version}: ${needed}`;
}

function isAtLeast(numbers: readonly number[], minimum: readonly number[]): boolean {
  const difference = minimum.map((part, index) => (numbers[index] ?? 0) - part).find((part) => part !== 0);
  return difference === undefined || difference > 0;
}
