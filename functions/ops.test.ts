import { randomBytes } from "node:crypto";
import type { Context } from "aws-lambda";
import mysql, { type RowDataPacket } from "mysql2/promise";
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { handler } from "./ops.ts";

const context = { getRemainingTimeInMillis: () => 60_000 } as Context;

beforeEach(() => {
  vi.stubEnv("MYSQL_URL", inject("mysqlUrl"));
  vi.stubEnv("REDIS_URL", inject("redisUrl"));
  // A cloud stage without API keys: this function has no use for them.
  vi.stubEnv("STAGE", "prod");
  vi.stubEnv("API_KEYS", "");
  vi.stubEnv("LOG_LEVEL", "error");
});

afterEach(() => vi.unstubAllEnvs());

async function emptyDatabase(): Promise<string> {
  const url = new URL(inject("mysqlUrl"));
  const connection = await mysql.createConnection(url.href);
  const name = `orders_test_${randomBytes(6).toString("hex")}`;
  await connection.query(`CREATE DATABASE ${name}`);
  onTestFinished(async () => {
    await connection.query(`DROP DATABASE ${name}`);
    await connection.end();
  });
  url.pathname = `/${name}`;
  return url.href;
}

describe("migrate", () => {
  it("answers what it applied, and that it is up to date when it is", async () => {
    vi.stubEnv("MYSQL_URL", await emptyDatabase());
    const migrated = { migrated: true, current: "0000_create_orders" };
    expect(await handler({ operation: "migrate" }, context)).toEqual({ ...migrated, applied: ["0000_create_orders"] });
    expect(await handler({ operation: "migrate" }, context)).toEqual({ ...migrated, applied: [] });
  });

  it("throws when MySQL is away", async () => {
    vi.stubEnv("MYSQL_URL", "mysql://orders:secret@127.0.0.1:1/orders");
    await expect(handler({ operation: "migrate" }, context)).rejects.toThrow(/^migrate failed: connect ECONNREFUSED/);
  });
});

it("what it is not asked right is refused before it connects anywhere", async () => {
  vi.stubEnv("MYSQL_URL", "");
  await expect(handler({ operation: "drop" }, context)).rejects.toThrow("migrate, redrive, doctor, archive");
});

it("a variable that is missing is named", async () => {
  vi.stubEnv("MYSQL_URL", "");
  await expect(handler({ operation: "migrate" }, context)).rejects.toThrow("MYSQL_URL is missing");
});

it("closes its connections", async () => {
  const url = await emptyDatabase();
  vi.stubEnv("MYSQL_URL", url);
  const connection = await mysql.createConnection(inject("mysqlUrl"));
  onTestFinished(() => connection.end());
  const open = async () => {
    const database = new URL(url).pathname.slice(1);
    const sql = "SELECT COUNT(*) AS open FROM information_schema.processlist WHERE db = ?";
    const [[row]] = await connection.query<RowDataPacket[]>(sql, [database]);
    return row?.open;
  };
  await handler({ operation: "migrate" }, context);
  await handler({ operation: "redrive" }, context);
  await handler({ operation: "doctor" }, context);
  await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 5_000 });
});
