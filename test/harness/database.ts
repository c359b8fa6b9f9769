import { randomBytes } from "node:crypto";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, inject } from "vitest";
import { Database, forBatches } from "../../core/db/database.ts";
import { migrateDatabase } from "../../core/db/migrations.ts";
import { privileges } from "../../core/db/users.ts";
import { asUser, userUrls } from "./users.ts";

/** A database of one test file: migrated before its tests, dropped after them. */
export interface TestDatabase {
  /** The owner's. */
  readonly url: string;
  /** As the owner, for what tests prepare and look up. */
  readonly database: Database;
  /** As the user of the gateway, for what it does itself. */
  readonly gateway: Database;
}

/** Gives the test file a database of its own. Use what is returned within tests and hooks only. */
export function useDatabase(): TestDatabase {
  const url = databaseUrl(`orders_test_${randomBytes(6).toString("hex")}`);
  const options = { connections: 8, timeoutMs: 10_000, ...forBatches };
  const database = new Database({ ...options, url });
  const gateway = new Database({ ...options, url: asUser("gateway", url) });
  beforeAll(async () => {
    await createDatabase(url);
    await migrateDatabase(url, { users: userUrls(url) });
  });
  afterAll(async () => {
    await Promise.all([database.close(), gateway.close()]);
    await dropDatabase(url);
  });
  return { url, database, gateway };
}

/** The URL, as the owner, of a database of this name. */
export function databaseUrl(name: string): string {
  const url = new URL(inject("mysqlUrl"));
  url.pathname = `/${name}`;
  return url.href;
}

/** Creates the database of a URL, empty. */
export async function createDatabase(url: string): Promise<void> {
  await execute([`CREATE DATABASE ${nameOf(url)}`]);
}

/** Drops the database of a URL, and with it what the users may do there: MySQL keeps privileges on what is gone. */
export async function dropDatabase(url: string): Promise<void> {
  const drops = [`DROP DATABASE ${nameOf(url)}`];
  for (const [kind, tables] of Object.entries(privileges)) {
    for (const table of Object.keys(tables)) {
      drops.push(`REVOKE ALL PRIVILEGES ON ${nameOf(url)}.${table} FROM 'orders_test_${kind}'@'%'`);
    }
  }
  await execute(drops);
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function execute(statements: readonly string[]): Promise<void> {
  const connection = await mysql.createConnection(inject("mysqlUrl"));
  try {
    for (const sql of statements) {
      await connection.query(sql).catch((error: { code?: string }) => {
        // There is nothing to revoke where no migration has made the users.
        if (error.code !== "ER_NONEXISTING_TABLE_GRANT" && error.code !== "ER_NONEXISTING_GRANT") throw error;
      });
    }
  } finally {
    await connection.end();
  }
}
