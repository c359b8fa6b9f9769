import { randomBytes } from "node:crypto";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, inject } from "vitest";
import { batchSession, Database } from "../../core/db/database.ts";
import { migrateDatabase } from "../../core/db/migrations.ts";

/** A database of one test file: migrated before its tests, dropped after them. */
export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
}

/** Gives the test file a database of its own. Use what is returned within tests and hooks only. */
export function useDatabase(): TestDatabase {
  const name = `orders_test_${randomBytes(6).toString("hex")}`;
  const url = new URL(inject("mysqlUrl"));
  const admin = url.href;
  url.pathname = `/${name}`;
  const database = new Database({ url: url.href, connections: 8, timeoutMs: 10_000, prepare: batchSession });
  beforeAll(async () => {
    await execute(admin, `CREATE DATABASE ${name}`);
    await migrateDatabase(url.href);
  });
  afterAll(async () => {
    await database.close();
    await execute(admin, `DROP DATABASE ${name}`);
  });
  return { url: url.href, database };
}

async function execute(url: string, sql: string): Promise<void> {
  const connection = await mysql.createConnection(url);
  await connection.query(sql);
  await connection.end();
}
