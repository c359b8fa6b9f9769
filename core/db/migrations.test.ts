import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { getTableConfig, type MySqlTable } from "drizzle-orm/mysql-core";
import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { DatabaseUnavailable } from "./errors.ts";
import { applyMigrations, migrateDatabase } from "./migrations.ts";
import { orderCounts, orderEvents, orders, orderTotals } from "./schema.ts";
import { assertMigrated, assertSupported } from "./server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const migrations = join(root, "core/db/migrations");

/** A new database, without tables, and a connection to it. */
async function emptyDatabase(): Promise<{ url: string; connection: Connection }> {
  const name = `orders_test_${randomBytes(6).toString("hex")}`;
  const url = new URL(inject("mysqlUrl"));
  const connection = await mysql.createConnection(url.href);
  await connection.query(`CREATE DATABASE ${name}`);
  await connection.query(`USE ${name}`);
  onTestFinished(async () => {
    await connection.query(`DROP DATABASE ${name}`);
    await connection.end();
  });
  url.pathname = `/${name}`;
  return { url: url.href, connection };
}

async function rows(connection: Connection, sql: string, values: unknown[] = []): Promise<RowDataPacket[]> {
  const [found] = await connection.query<RowDataPacket[]>(sql, values);
  return found;
}

async function journal(): Promise<{ tag: string }[]> {
  return JSON.parse(await readFile(join(migrations, "meta/_journal.json"), "utf8")).entries;
}

const applied = (connection: Connection) => rows(connection, "SELECT * FROM __drizzle_migrations ORDER BY id");

async function statementsOfMigrations(): Promise<string[]> {
  const files = await Promise.all((await journal()).map(({ tag }) => readFile(join(migrations, `${tag}.sql`), "utf8")));
  return files.flatMap((file) => file.split("--> statement-breakpoint"));
}

describe("a migration", () => {
  it("makes every table, and run again changes nothing", async () => {
    const { url, connection } = await emptyDatabase();
    await expect(assertMigrated(connection)).rejects.toThrow("no tables yet");
    await migrateDatabase(url);
    await assertMigrated(connection);
    const before = await applied(connection);
    await migrateDatabase(url);
    expect(await applied(connection)).toEqual(before);
    expect(before).toHaveLength((await journal()).length);
  });

  it("run by four processes at once is applied once", async () => {
    const { url, connection } = await emptyDatabase();
    await Promise.all(Array.from({ length: 4 }, () => migrateDatabase(url)));
    expect(await applied(connection)).toHaveLength((await journal()).length);
  });

  it("that cannot take its turn in time is unavailable, so that it is tried again", async () => {
    const { url, connection } = await emptyDatabase();
    // What a migration that hangs holds.
    await rows(connection, "SELECT GET_LOCK(CONCAT('migrate:', LEFT(SHA2(DATABASE(), 256), 40)), 0)");
    await expect(migrateDatabase(url, { lockSeconds: 0 })).rejects.toThrow(DatabaseUnavailable);
    await rows(connection, "SELECT RELEASE_ALL_LOCKS()");
    await migrateDatabase(url, { lockSeconds: 0 });
  });

  it("that was interrupted before it was noted is finished by the next", async () => {
    const { url, connection } = await emptyDatabase();
    for (const statement of await statementsOfMigrations()) await connection.query(statement);
    await migrateDatabase(url);
    await assertMigrated(connection);
  });

  const later = [
    "ALTER TABLE kept ADD COLUMN note VARCHAR(10) NULL",
    "CREATE INDEX kept_note ON kept (note)",
    "CREATE TABLE more (id INT PRIMARY KEY)",
    "INSERT INTO more VALUES (1)",
  ];
  const migration = { tag: "0001_later", when: 1, sql: later.join("\n--> statement-breakpoint\n") };

  it.each(later.map((_statement, index) => index + 1))("that was interrupted after %d statements too", async (done) => {
    const { connection } = await emptyDatabase();
    await connection.query("CREATE TABLE kept (id INT PRIMARY KEY)");
    for (const statement of later.slice(0, done)) await connection.query(statement);
    expect(await applyMigrations(connection, [migration])).toEqual([migration.tag]);
    expect(await rows(connection, "SELECT COUNT(*) AS count FROM more")).toEqual([{ count: 1 }]);
    expect(await rows(connection, "SHOW INDEX FROM kept WHERE Key_name = 'kept_note'")).toHaveLength(1);
    expect(await applyMigrations(connection, [migration])).toEqual([]);
  });

  it("that is wrong fails, and is not noted", async () => {
    const { connection } = await emptyDatabase();
    const wrong = { ...migration, sql: "ALTER TABLE nowhere ADD COLUMN note INT" };
    await expect(applyMigrations(connection, [wrong])).rejects.toThrow("nowhere");
    expect(await applied(connection)).toEqual([]);
  });

  it("that was made before the newest one, and came later, is applied as well", async () => {
    const { connection } = await emptyDatabase();
    await connection.query("CREATE TABLE kept (id INT PRIMARY KEY)");
    await applyMigrations(connection, [
      { tag: "0002_newest", when: 2, sql: "CREATE TABLE newest (id INT PRIMARY KEY)" },
    ]);
    expect(await applyMigrations(connection, [migration])).toEqual([migration.tag]);
  });

  it("runs on the server that the tests use", async () => {
    const { connection } = await emptyDatabase();
    await assertSupported(connection);
  });
});

/** A table's columns as the schema declares them, in the words of information_schema. */
function declaredColumns(table: MySqlTable) {
  return getTableConfig(table).columns.map((column) => ({
    name: column.name,
    type: column.getSQLType(),
    isNullable: column.notNull ? "NO" : "YES",
    default: column.default === undefined ? null : String(column.default),
  }));
}

/** A table's keys as the schema declares them: the primary key first. */
function declaredKeys(table: MySqlTable) {
  const { columns, primaryKeys, indexes } = getTableConfig(table);
  const primary = primaryKeys[0]?.columns ?? columns.filter((column) => column.primary);
  const unique = columns.filter((column) => column.isUnique);
  return [
    { name: "PRIMARY", columns: primary.map(({ name }) => name).join() },
    ...unique.map(({ name, uniqueName }) => ({ name: uniqueName, columns: name })),
    ...indexes.map(({ config }) => ({
      name: config.name,
      columns: config.columns.map((column) => ("name" in column ? column.name : "")).join(),
    })),
  ];
}

describe.each([
  { name: "orders", table: orders },
  { name: "order_events", table: orderEvents },
  { name: "order_totals", table: orderTotals },
  { name: "order_counts", table: orderCounts },
])("the table $name as the migrations make it", ({ name, table }) => {
  it("is what the schema declares", async () => {
    const { url, connection } = await emptyDatabase();
    await migrateDatabase(url);
    const columns = await rows(
      connection,
      `SELECT column_name AS name, column_type AS type, is_nullable AS isNullable, column_default AS 'default'
      FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position`,
      [name],
    );
    expect(columns).toEqual(declaredColumns(table));
    const keys = await rows(
      connection,
      `SELECT index_name AS name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
      FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ?
      GROUP BY index_name ORDER BY index_name = 'PRIMARY' DESC, index_name`,
      [name],
    );
    expect(keys).toEqual(declaredKeys(table));
  });

  it("is InnoDB and holds every Unicode character, whatever the server's defaults", async () => {
    const { url, connection } = await emptyDatabase();
    await connection.query("ALTER DATABASE CHARACTER SET latin1");
    await migrateDatabase(url);
    const [found] = await rows(
      connection,
      `SELECT engine AS engine, table_collation AS collation FROM information_schema.tables
      WHERE table_schema = DATABASE() AND table_name = ?`,
      [name],
    );
    expect(found).toEqual({ engine: "InnoDB", collation: "utf8mb4_0900_ai_ci" });
  });
});

it("the committed migrations lack nothing of the schema: drizzle-kit has none to generate", async () => {
  const folder = await mkdtemp(join(tmpdir(), "orders-migrations-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(migrations, folder, { recursive: true });
  const before = (await readdir(folder)).toSorted();
  const kit = join(root, "node_modules/drizzle-kit/bin.cjs");
  // drizzle-kit takes the folder for one below the working folder.
  const parameters = ["--dialect", "mysql", "--schema", "core/db/schema.ts", "--out", relative(root, folder)];
  await promisify(execFile)(process.execPath, [kit, "generate", ...parameters], { cwd: root });
  expect((await readdir(folder)).toSorted()).toEqual(before);
});
