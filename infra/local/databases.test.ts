import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import mysqlServer from "mysql2";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { readLocalConfig } from "./config.ts";
import { checkMysqlUrl, findMysql, mysqldOnPath } from "./mysql/find.ts";
import { startMysql } from "./mysql/start.ts";
import { freePort, isPortFree } from "./ports.ts";
import { startTimeOf } from "./process/identity.ts";
import { checkRedisUrl } from "./redis/find.ts";
import { startRedis } from "./redis/start.ts";

// Servers of our own are the point here, whatever the environment offers.
const config = { ...readLocalConfig(), mysqlUrl: undefined, redisUrl: undefined };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orders-databases-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function query(url: string, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}

describe("startMysql", () => {
  const start = () => startMysql({ dataDir: join(folder, "mysql"), logFile: join(folder, "mysql.log"), config });

  it("provides a durable MySQL that keeps its data, its user and its secrets", { timeout: 600_000 }, async () => {
    const first = await start();
    const pid = first.pid ?? 0;
    try {
      const [settings] = await query(
        first.url,
        "SELECT @@sync_binlog AS binlog, @@innodb_flush_log_at_trx_commit AS redo",
      );
      expect(settings).toEqual({ binlog: 1, redo: 1 });
      await query(first.url, "CREATE TABLE kept (id INT PRIMARY KEY)");
      await query(first.url, "INSERT INTO kept VALUES (42)");
      await query(first.url, "CREATE DATABASE orders_test_1");
      await expect(query(first.url, "CREATE DATABASE elsewhere")).rejects.toThrow(/denied/i);
      // It makes users, but none that could more than itself.
      await query(first.url, "CREATE USER orders_more");
      await query(first.url, "GRANT SELECT ON orders.kept TO orders_more");
      await expect(query(first.url, "GRANT SELECT ON *.* TO orders_more")).rejects.toThrow(/denied/i);
      await expect(query(first.url, "ALTER USER root@localhost IDENTIFIED BY 'x'")).rejects.toThrow(/denied/i);
      const root = new URL(first.url);
      [root.username, root.password] = ["root", ""];
      await expect(query(root.href, "SELECT 1")).rejects.toThrow(/denied/i);
      const socketPath = join(folder, "mysql/mysqld.sock");
      await expect(createConnection({ socketPath, user: "root" })).rejects.toThrow(/denied/i);
      expect((await stat(join(folder, "mysql/credentials.json"))).mode & 0o777).toBe(0o600);
      expect((await stat(join(folder, "mysql/init.sql"))).mode & 0o777).toBe(0o600);
    } finally {
      await first.stop();
    }
    expect(startTimeOf(pid)).toBeUndefined();

    const second = await start();
    try {
      expect(await query(second.url, "SELECT id FROM kept")).toEqual([{ id: 42 }]);
      expect(new URL(second.url).password).toBe(new URL(first.url).password);
    } finally {
      await second.stop();
    }
  });

  it("shows the end of the log when the server does not start", { timeout: 600_000 }, async () => {
    const options = { dataDir: join(folder, "mysql-bad"), logFile: join(folder, "mysql-bad.log"), config };
    const failure = startMysql({ ...options, options: ["--no-such-option=1"] });
    await expect(failure).rejects.toThrow(/mysql ended \(exit code \d+\)[\s\S]*unknown variable 'no-such-option=1'/);
  });
});

describe("startRedis", () => {
  it("provides a Redis with 256 databases that evicts nothing and keeps nothing", { timeout: 600_000 }, async () => {
    const dataDir = join(folder, "redis");
    // A given one is not touched: its data may be needed.
    const given = { ...config, redisUrl: "redis://127.0.0.1:1" };
    const server = await startRedis({ dataDir, logFile: join(folder, "redis.log"), config: given });
    const client = new Redis(`${server.url}/255`);
    try {
      expect(await client.set("key", "value")).toBe("OK");
      expect(await client.config("GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
      expect(await client.config("GET", "appendonly")).toEqual(["appendonly", "no"]);
    } finally {
      client.disconnect();
      await server.stop();
    }
    const again = await startRedis({ dataDir, logFile: join(folder, "redis.log"), config });
    const later = new Redis(`${again.url}/255`);
    try {
      expect(await later.get("key")).toBeNull();
    } finally {
      later.disconnect();
      await again.stop();
    }
  });
});

describe("MariaDB", () => {
  it("is refused behind MYSQL_URL", async () => {
    const server = mysqlServer.createServer((connection) => {
      connection.serverHandshake({
        protocolVersion: 10,
        serverVersion: "5.5.5-10.11.6-MariaDB",
        connectionId: 1,
        statusFlags: 2,
        characterSet: 45,
        capabilityFlags: 0xffffff ^ 0x800,
      });
      connection.on("query", () => {
        // The answer continues the packet numbers of the question (MySQL protocol, sequence id); the library forgets it.
        Object.assign(connection, { sequenceId: 1 });
        const column = { catalog: "def", schema: "", orgName: "", table: "", orgTable: "", flags: 0, decimals: 0 };
        const versionColumn = { ...column, name: "version", characterSet: 45, columnLength: 100, columnType: 253 };
        connection.writeTextResult([{ version: "10.11.6-MariaDB" }], [versionColumn]);
      });
      connection.on("error", () => {});
    });
    const port = await freePort();
    // Its type leaves out the address, and it announces nothing when it listens.
    (server.listen as (port: number, host: string) => void).call(server, port, "127.0.0.1");
    await vi.waitFor(async () => expect(await isPortFree(port)).toBe(false));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    await expect(checkMysqlUrl(`mysql://u:p@127.0.0.1:${port}/orders`)).rejects.toThrow(
      `MYSQL_URL: the server at 127.0.0.1:${port} is not supported: it is MariaDB (10.11.6-MariaDB)`,
    );
  });

  it("is passed over on PATH, with a line that says why", async () => {
    const [maria, real] = [join(folder, "maria"), join(folder, "real")];
    await writeProgram(
      maria,
      "mysqld",
      "mysqld  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)",
    );
    await writeProgram(real, "mysqld", "mysqld  Ver 8.4.2 for Linux on x86_64 (MySQL Community Server - GPL)");
    const lines: string[] = [];
    expect(await mysqldOnPath([maria, real], (line) => lines.push(line))).toBe(join(real, "mysqld"));
    expect(lines).toEqual([
      `${join(maria, "mysqld")} is passed over: it is MariaDB (10.11.6-MariaDB-0+deb12u1), and MySQL 8.0.21 or newer is needed`,
    ]);
  });
});

describe("a URL that was given", () => {
  it("is checked, and the message names the variable and the address but no password", async () => {
    const port = await freePort();
    const mysql = await findMysql({ ...config, mysqlUrl: `mysql://u:secret@127.0.0.1:${port}/d` }, () => {}).catch(
      String,
    );
    expect(mysql).toMatch(`MYSQL_URL: no MySQL answers at 127.0.0.1:${port}: connect ECONNREFUSED`);
    expect(mysql).not.toContain("secret");
    await expect(checkRedisUrl(`redis://127.0.0.1:${port}`)).rejects.toThrow(
      `REDIS_URL: no Redis answers at 127.0.0.1:${port}: connect ECONNREFUSED`,
    );
  });
});

async function writeProgram(folder: string, name: string, prints: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\necho '${prints}'\n`);
  await chmod(join(folder, name), 0o755);
}
