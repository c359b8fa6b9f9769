import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readLocalConfig } from "../../infra/local/config.ts";
import { findMysql } from "../../infra/local/mysql/find.ts";
import { initialiseMysql, type MysqlInstance, mysqlLaunch, mysqlUrl } from "../../infra/local/mysql/instance.ts";
import { freePort } from "../../infra/local/ports.ts";
import { type Server, startServer } from "../../infra/local/server.ts";
import { type Certificates, makeCertificates } from "../../test/harness/certificates.ts";
import { readMigrateConfig } from "../config/migrate.ts";
import { Database } from "./database.ts";
import { migrateDatabase } from "./migrations.ts";

/** A MySQL that takes encrypted connections only, with a certificate for localhost. */
let server: Server;
let certificates: Certificates;
let instance: MysqlInstance;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "orders-tls-"));
  const program = await findMysql({ ...readLocalConfig(), mysqlUrl: undefined }, () => {});
  if (program.kind === "url") throw new Error("a MySQL of the test's own is needed");
  instance = { program, folder, port: await freePort(), options: [] };
  await initialiseMysql(instance, () => {});
  server = await start("localhost");
}, 120_000);

afterAll(async () => {
  await server?.stop();
  await rm(instance.folder, { recursive: true, force: true });
});

/** Starts the server with a new certificate for a name. */
async function start(name: string): Promise<Server> {
  certificates = makeCertificates(join(instance.folder, name), name);
  const { authority, certificate, key } = certificates;
  const tls = [`--ssl-ca=${authority}`, `--ssl-cert=${certificate}`, `--ssl-key=${key}`];
  const launch = await mysqlLaunch({ ...instance, options: [...tls, "--require-secure-transport=ON"] });
  const url = await mysqlUrl(instance);
  const ready = () => cipher(withTls(url, trusted({ verifyIdentity: false })));
  return startServer(launch, { name: "mysql", url, logFile: join(instance.folder, "log"), ready, graceMs: 30_000 });
}

/** The server's URL by the name in its certificate, with a setting for TLS. */
function withTls(url: string, setting: string): string {
  const changed = new URL(url);
  changed.hostname = "localhost";
  changed.searchParams.set("ssl", setting);
  return changed.href;
}

const trusted = (more: object = {}) => JSON.stringify({ ca: certificates.authorityPem, ...more });

/** The cipher of a connection as the system makes it. */
async function cipher(url: string): Promise<string> {
  const database = new Database({ url, connections: 1, timeoutMs: 5_000 });
  try {
    return await database.run(async ({ connection }) => {
      const [[row]] = await connection.query<RowDataPacket[]>("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
      return row?.Value;
    });
  } finally {
    await database.close();
  }
}

describe("MYSQL_URL with TLS", () => {
  it("connects and is encrypted, and migrates so", async () => {
    const url = withTls(server.url, trusted());
    expect(await cipher(url)).toMatch(/^TLS_|^ECDHE/);
    expect(await migrateDatabase(url)).toMatchObject({ current: expect.any(String) });
  });

  it("keeps the other options, such as times in UTC", async () => {
    const database = new Database({ url: withTls(server.url, trusted()), connections: 1, timeoutMs: 5_000 });
    onTestFinished(() => database.close());
    const now = await database.run(async ({ connection }) => {
      const [[row]] = await connection.query<RowDataPacket[]>("SELECT CAST('2026-11-23 12:00:00' AS DATETIME) AS at");
      return row?.at;
    });
    expect(now).toEqual(new Date("2026-11-23T12:00:00Z"));
  });

  it("refuses a server whose certificate is not of Amazon RDS, when it should be", async () => {
    await expect(cipher(withTls(server.url, "Amazon RDS"))).rejects.toThrow(/certificate/);
    await expect(migrateDatabase(withTls(server.url, "Amazon RDS"))).rejects.toThrow(/certificate/);
  });

  it("refuses a server that no authority of Node's vouches for, with {}", async () => {
    await expect(cipher(withTls(server.url, "{}"))).rejects.toThrow(/certificate/);
  });

  it("is what require_secure_transport asks for: without it the server refuses", async () => {
    await expect(cipher(server.url)).rejects.toThrow("require_secure_transport");
  });

  it("refuses a trusted certificate of another name, unless told otherwise", async () => {
    await server.stop();
    server = await start("db.internal");
    await expect(cipher(withTls(server.url, trusted()))).rejects.toThrow(/does not match certificate/);
    await expect(migrateDatabase(withTls(server.url, trusted()))).rejects.toThrow(/does not match certificate/);
    expect(await cipher(withTls(server.url, trusted({ verifyIdentity: false })))).not.toBe("");
  });
});

describe("the configuration", () => {
  const url = "mysql://orders:secret@db.internal/orders";
  it.each(["Amazon%20RDS", "Amazon+RDS", "{}", encodeURIComponent('{"ca":"x"}')])("takes ?ssl=%s", (setting) => {
    expect(readMigrateConfig({ MYSQL_URL: `${url}?ssl=${setting}` }).MYSQL_URL).toContain("ssl=");
  });

  it.each(["", "true", "1", "[]", "null", "amazon", "{"])("refuses ?ssl=%s with what it should be", (setting) => {
    expect(() => readMigrateConfig({ MYSQL_URL: `${url}?ssl=${setting}` })).toThrow("?ssl=Amazon%20RDS or ?ssl={…}");
  });
});
