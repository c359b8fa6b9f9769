import type { Connection, RowDataPacket } from "mysql2/promise";
import { DatabaseUnavailable, hasNoTables, UnsupportedDatabase } from "./errors.ts";

/** The oldest MySQL with everything that the statements use: `CREATE USER … COMMENT` came with it. */
const oldest = [8, 0, 21] as const;

/**
 * Checks the server's kind and version (D12).
 *
 * @throws {UnsupportedDatabase} with a message that says what is there and what is needed
 */
export async function assertSupported(connection: Pick<Connection, "query">): Promise<void> {
  const [[row]] = await connection.query<RowDataPacket[]>("SELECT VERSION() AS version");
  const objection = whyUnsupported(String(row?.version));
  if (objection !== undefined) throw new UnsupportedDatabase(`the server of MYSQL_URL is not supported: ${objection}`);
}

/**
 * Checks that the schema is there, so that a process which starts before the migration waits for it.
 *
 * @throws {DatabaseUnavailable} the migration did not run yet
 */
export async function assertMigrated(connection: Pick<Connection, "query">): Promise<void> {
  try {
    await connection.query("SELECT 1 FROM orders, order_counts LIMIT 0");
  } catch (error) {
    if (!hasNoTables(error)) throw error;
    throw new DatabaseUnavailable("the database has no tables yet: npm run migrate", { cause: error });
  }
}

/** Says why a server of this `VERSION()` is not supported, or undefined when it is. */
export function whyUnsupported(version: string): string | undefined {
  const needed = `MySQL ${oldest.join(".")} or newer is needed`;
  if (/mariadb/i.test(version)) return `it is MariaDB (${version}), and ${needed}`;
  const numbers = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (numbers === undefined) return `it is of an unknown version (${version}), and ${needed}`;
  return isAtLeast(numbers, oldest) ? undefined : `it is MySQL ${version}, and ${needed}`;
}

function isAtLeast(numbers: readonly number[], minimum: readonly number[]): boolean {
  const difference = minimum.map((part, index) => (numbers[index] ?? 0) - part).find((part) => part !== 0);
  return difference === undefined || difference > 0;
}
