import { createHash } from "node:crypto";
import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import { connectionOptions } from "./connection-options.ts";
import { DatabaseUnavailable, hasNoTables, isThereAlready } from "./errors.ts";
import migrations from "./migrations/embedded.json" with { type: "json" };
import { assertSupported } from "./server.ts";
import { applyUsers, type UserUrls } from "./users-apply.ts";

/** What a migration did. */
export interface MigrationResult {
  /** The migrations that it applied, in order; none when the schema was the newest already. */
  readonly applied: readonly string[];
  /** The newest migration, which the database now has. */
  readonly current: string;
}

/** Which migrations a database has and lacks. */
export interface MigrationState {
  readonly pending: readonly string[];
  /** Whether newer code than this has migrated it. */
  readonly isAhead: boolean;
  /** The newest migration that this code knows. */
  readonly newest: string;
}

/** The name and columns that drizzle-kit's own migrator gives it. */
const table = "__drizzle_migrations";

/** What a migration does beside the tables, and how patient it is. */
export interface MigrationOptions {
  /** How long to wait for another migration of the same database. */
  readonly lockSeconds?: number;
  /** The users of handlers and gateway, which are made as well; without them one user is for all. */
  readonly users?: UserUrls;
}

/**
 * Brings the database up to the newest schema, and then its users to what they need in it. Safe to run at any time, any
 * number of times, and from several processes at once: they take turns.
 *
 * @param url the owner's
 * @throws {UnsupportedDatabase} the server is not a MySQL that is supported
 * @throws {DatabaseUnavailable} another migration has not ended in that time
 * @throws {UsersNotMade} the tables are migrated, but a user could not be made
 */
export async function migrateDatabase(
  url: string,
  { lockSeconds = 120, users = {} }: MigrationOptions = {},
): Promise<MigrationResult> {
  const connection = await mysql.createConnection({ ...connectionOptions(url), connectTimeout: 5_000, timezone: "Z" });
  try {
    await assertSupported(connection);
    const applied = await withLock(connection, lockSeconds, async () => {
      const tags = await applyMigrations(connection, migrations);
      // An older release than the database's, such as after a rollback, takes nothing: newer code may need it.
      await applyUsers(connection, url, users, { isGrantOnly: (await readMigrationState(connection)).isAhead });
      return tags;
    });
    return { applied, current: newestTag() };
  } finally {
    await connection.end();
  }
}

/** Compares what the database has with what this code knows. */
export async function readMigrationState(connection: Pick<Connection, "query">): Promise<MigrationState> {
  const applied = await appliedTimes(connection);
  const pending = migrations.filter(({ when }) => !applied.has(when)).map(({ tag }) => tag);
  const known = new Set(migrations.map(({ when }) => when));
  return { pending, isAhead: [...applied].some((when) => !known.has(when)), newest: newestTag() };
}

/** A migration as it is applied. */
export interface Migration {
  readonly tag: string;
  /** When it was made, in milliseconds since the Unix epoch: its name in the database. */
  readonly when: number;
  /** Statements, separated as drizzle-kit does. */
  readonly sql: string;
}

/**
 * Applies those that were not applied yet, in order; answers their tags. One that was interrupted is finished.
 */
export async function applyMigrations(connection: Connection, all: readonly Migration[]): Promise<readonly string[]> {
  await connection.query(
    `CREATE TABLE IF NOT EXISTS ${table} (id SERIAL PRIMARY KEY, hash TEXT NOT NULL, created_at BIGINT)`,
  );
  const applied = await appliedTimes(connection);
  const pending = all.filter(({ when }) => !applied.has(when));
  for (const { sql, when } of pending) {
    for (const statement of sql.split("--> statement-breakpoint")) await once(connection, statement);
    const hash = createHash("sha256").update(sql).digest("hex");
    await connection.query(`INSERT INTO ${table} (hash, created_at) VALUES (?, ?)`, [hash, when]);
  }
  return pending.map(({ tag }) => tag);
}

/**
 * MySQL commits each statement that changes the schema by itself, whole or not at all: what is there already was
 * carried out by a run that was interrupted. MySQL manual, "Atomic Data Definition Statement Support".
 */
async function once(connection: Connection, statement: string): Promise<void> {
  try {
    await connection.query(statement);
  } catch (error) {
    if (!isThereAlready(error)) throw error;
  }
}

/** When the migrations that were applied had been made, in milliseconds since the Unix epoch. */
async function appliedTimes(connection: Pick<Connection, "query">): Promise<ReadonlySet<number>> {
  try {
    const [rows] = await connection.query<RowDataPacket[]>(`SELECT created_at AS madeAt FROM ${table}`);
    return new Set(rows.map(({ madeAt }) => Number(madeAt)));
  } catch (error) {
    if (hasNoTables(error)) return new Set();
    throw error;
  }
}

function newestTag(): string {
  return migrations.at(-1)?.tag ?? "";
}

/** MySQL frees the lock by itself when the connection ends. MySQL manual, "Locking Functions". */
async function withLock<T>(connection: Connection, lockSeconds: number, work: () => Promise<T>): Promise<T> {
  const name = "CONCAT('migrate:', LEFT(SHA2(DATABASE(), 256), 40))";
  const [[row]] = await connection.query<RowDataPacket[]>(`SELECT GET_LOCK(${name}, ?) AS granted`, [lockSeconds]);
  if (row?.granted !== 1) throw new DatabaseUnavailable(`another migration has been running for over ${lockSeconds} s`);
  try {
    return await work();
  } finally {
    await connection.query(`DO RELEASE_LOCK(${name})`);
  }
}
