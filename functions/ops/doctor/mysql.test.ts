import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mysql, { type Connection } from "mysql2/promise";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readOpsConfig } from "../../../core/config/ops.ts";
import { Database } from "../../../core/db/database.ts";
import { startMysql } from "../../../infra/local/mysql/start.ts";
import { silent } from "../../../test/harness/gateway.ts";
import type { Check } from "./check.ts";
import { checkMysql } from "./mysql.ts";

// A server of its own, set up badly and then well: to change the one of all tests would fail the others.
const used = {} as { folder: string };
beforeAll(async () => {
  used.folder = await mkdtemp(join(tmpdir(), "orders-doctor-"));
});
afterAll(() => rm(used.folder, { recursive: true, force: true }));

/** What is said of a server with these options and so many connections. */
async function checksOf(options: string[], connections: number): Promise<ReadonlyMap<string, Check>> {
  const server = await startMysql({ dataDir: used.folder, logFile: join(used.folder, "mysql.log"), options });
  const config = readOpsConfig({ MYSQL_URL: server.url, REDIS_URL: "redis://unused" });
  const database = new Database({ url: server.url, connections: 1, timeoutMs: 10_000 });
  const others: Connection[] = [];
  try {
    for (let n = 0; n < connections; n++) others.push(await mysql.createConnection(server.url));
    const redis = () => Promise.reject(new Error("not asked here"));
    const checks = await checkMysql({ config, database, log: silent, redis });
    return new Map(checks.map((check) => [check.name, check]));
  } finally {
    for (const other of others) other.destroy();
    await database.close();
    await server.stop();
  }
}

const bad = [
  ...["--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0", "--transaction-isolation=READ-UNCOMMITTED"],
  ...["--sql-mode=NO_ENGINE_SUBSTITUTION", "--read-only=ON", "--max-connections=10"],
];

it("settings that would lose orders fail, each with its cure, until the server is set up by it", async () => {
  const found = await checksOf(bad, 9);
  expect([...found.values()].filter(({ status }) => status === "fail")).toMatchObject([
    {
      name: "mysql writes",
      found: "it is read-only",
      fix: expect.stringContaining("let MYSQL_URL lead to the writer"),
    },
    { name: "migrations" },
    {
      name: "durability",
      found: "innodb_flush_log_at_trx_commit=2, sync_binlog=0",
      fix: expect.stringContaining("set both to 1"),
    },
    { name: "isolation", found: "READ-UNCOMMITTED", fix: expect.stringContaining("REPEATABLE-READ") },
    { name: "sql mode", found: "NO_ENGINE_SUBSTITUTION", fix: expect.stringContaining("STRICT_TRANS_TABLES") },
    {
      name: "connections",
      found: expect.stringMatching(/^10 of 10, /),
      fix: expect.stringContaining("max_connections"),
    },
  ]);
  const well = await checksOf([], 9);
  const others = [...well.values()].filter(({ name }) => name !== "migrations");
  expect(others.filter(({ status }) => status !== "ok")).toEqual([]);
}, 120_000);
