import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import mysql, { type RowDataPacket } from "mysql2/promise";
import { type LocalConfig, readLocalConfig } from "../infra/local/config.ts";
import { StartFailure } from "../infra/local/failure.ts";
import { type MysqlInstance, mysqlLaunch, mysqlRoot, mysqlUrl, mysqlUrls } from "../infra/local/mysql/instance.ts";
import { ownProcessMysql } from "../infra/local/mysql/own-process.ts";
import { mysqlVersion } from "../infra/local/mysql/probe.ts";
import { type MysqlUrls, mysqlSettings } from "../infra/local/mysql/urls.ts";
import { startRedis } from "../infra/local/redis/start.ts";
import { type Server, startServer } from "../infra/local/server.ts";
import { openStateDir, type StateDir } from "../infra/local/state-dir.ts";
import { findGo } from "../infra/local/steps/go.ts";
import { migrate } from "../infra/local/steps/migrate.ts";
import { takeLock } from "../infra/local/supervisor/lock.ts";
import { surroundings } from "../infra/local/surroundings.ts";

/** What every system stands on: one MySQL with durable defaults and one Redis, of the benchmark's own. */
export interface Ground {
  readonly config: LocalConfig;
  readonly state: StateDir;
  /** Go's command. */
  readonly go: string;
  /** What programs need of their surroundings; no setting of ours. */
  readonly env: Readonly<Record<string, string>>;
  readonly redisUrl: string;
  /** MySQL's and Redis' processes by these names. */
  readonly processes: ReadonlyMap<string, number>;
  /** What is said of the servers in the results. */
  readonly versions: { readonly mysql: string; readonly redis: string; readonly node: string };
  /** MySQL's settings that make a commit durable, as they were found. */
  readonly durable: Readonly<Record<string, string>>;
  /** Gets a line for whatever happens. */
  readonly report: (line: string) => void;
  /** Creates an empty database, and empties Redis. Answers the URL of its owner. */
  freshDatabase(): Promise<string>;
  /** Makes our own schema in a fresh database. Answers its URLs for each of our users, whom that lets in. */
  migrate(databaseUrl: string): Promise<MysqlUrls>;
  /** Drops the database of a URL. */
  dropDatabase(url: string): Promise<void>;
  /** Runs statements as MySQL's root. */
  asRoot<T>(work: (connection: mysql.Connection) => Promise<T>): Promise<T>;
  /** Transactions whose old versions are not purged yet: `trx_rseg_history_len` of MySQL's InnoDB metrics. */
  historyLength(): Promise<number>;
  stop(): Promise<void>;
}

/** What a commit survives, and must be on: MySQL's defaults. */
const durable = { sync_binlog: "1", innodb_flush_log_at_trx_commit: "1" } as const;

/** @param folder is emptied first */
export async function prepareGround(folder: string, report: (line: string) => void): Promise<Ground> {
  const config = readLocalConfig();
  const state = openStateDir(folder);
  const releaseLock = takeLock(state.lock);
  const servers: Server[] = [];
  const stop = async () => {
    for (const server of servers.toReversed()) await server.stop();
    rmSync(state.data, { recursive: true, force: true });
    releaseLock();
  };
  try {
    rmSync(state.data, { recursive: true, force: true });
    rmSync(state.logs, { recursive: true, force: true });
    openStateDir(folder);
    const go = await findGo(config.searchPath);
    const instance = await ownProcessMysql(config, state, "The benchmark needs", report);
    const store = await startMysql(instance, state);
    servers.push(store);
    const queue = await startRedis({ dataDir: join(state.data, "redis"), logFile: state.log("redis"), config, report });
    servers.push(queue);
    const asRoot = withConnection(() => mysqlRoot(instance));
    await asRoot(expectDurable);
    const env = { ...surroundings(config.environment), NODE_COMPILE_CACHE: state.compileCache };
    return {
      ...{ config, state, go, env, report, stop, asRoot, durable },
      redisUrl: queue.url,
      processes: new Map([...pidOf("mysql", store), ...pidOf("redis", queue)]),
      versions: { mysql: await mysqlVersion(store.url), redis: await redisVersion(queue.url), node: process.version },
      freshDatabase: async () => {
        const url = Object.assign(new URL(store.url), { pathname: `/orders_bench_${randomBytes(4).toString("hex")}` });
        await asRoot((connection) => connection.query(`CREATE DATABASE ${url.pathname.slice(1)}`));
        await emptyRedis(queue.url);
        return url.href;
      },
      historyLength: () => asRoot(historyLength),
      migrate: async (databaseUrl) => {
        const { handlers, gateway } = await mysqlUrls(instance);
        const { pathname } = new URL(databaseUrl);
        const at = (url: string | undefined) => url && Object.assign(new URL(url), { pathname }).href;
        const users = { owner: databaseUrl, handlers: at(handlers), gateway: at(gateway) };
        await migrate(config.root, { ...env, ...mysqlSettings(users), REDIS_URL: queue.url });
        return users;
      },
      dropDatabase: async (url) => {
        await asRoot((connection) => connection.query(`DROP DATABASE ${new URL(url).pathname.slice(1)}`));
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startMysql(instance: MysqlInstance, state: StateDir): Promise<Server> {
  const url = await mysqlUrl(instance);
  return startServer(await mysqlLaunch(instance), {
    ...{ name: "mysql", url, logFile: state.log("mysql"), graceMs: 60_000 },
    ready: () => mysqlVersion(url),
  });
}

function withConnection(options: () => Promise<mysql.ConnectionOptions>): Ground["asRoot"] {
  return async (work) => {
    const connection = await mysql.createConnection(await options());
    try {
      return await work(connection);
    } finally {
      await connection.end();
    }
  };
}

/** No figure counts that was reached by promising less. */
async function expectDurable(connection: mysql.Connection): Promise<void> {
  for (const [name, wanted] of Object.entries(durable)) {
    const [rows] = await connection.query<RowDataPacket[]>(`SELECT @@GLOBAL.${name} AS value`);
    if (String(rows[0]?.value) !== wanted) throw new StartFailure(`MySQL has ${name}=${rows[0]?.value}: not durable.`);
  }
}

async function historyLength(connection: mysql.Connection): Promise<number> {
  const [rows] = await connection.query<RowDataPacket[]>(
    "SELECT COUNT AS value FROM information_schema.innodb_metrics WHERE name = 'trx_rseg_history_len'",
  );
  return Number(rows[0]?.value);
}

async function emptyRedis(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.flushall();
  redis.disconnect();
}

async function redisVersion(url: string): Promise<string> {
  const redis = new Redis(url);
  const info = await redis.info("server");
  redis.disconnect();
  return /^redis_version:(\S+)/m.exec(info)?.[1] ?? "unknown";
}

function pidOf(name: string, { pid }: Server): [string, number][] {
  return pid === undefined ? [] : [[name, pid]];
}
