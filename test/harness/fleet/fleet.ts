import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Database } from "../../../core/db/database.ts";
import { type LocalConfig, readLocalConfig } from "../../../infra/local/config.ts";
import { mysqlSettings } from "../../../infra/local/mysql/urls.ts";
import { atEnd } from "../../../infra/local/process/at-end.ts";
import { openStateDir, type StateDir } from "../../../infra/local/state-dir.ts";
import { buildWorker, findGo } from "../../../infra/local/steps/go.ts";
import { migrate } from "../../../infra/local/steps/migrate.ts";
import type { ComponentSpec } from "../../../infra/local/supervisor/component.ts";
import { takeLock } from "../../../infra/local/supervisor/lock.ts";
import { Supervisor } from "../../../infra/local/supervisor/supervisor.ts";
import { surroundings } from "../../../infra/local/surroundings.ts";
import { rows } from "../orders.ts";
import { until } from "../until.ts";
import { MysqlServer } from "./mysql-server.ts";
import { RedisPair } from "./redis-pair.ts";
import { connectServices, linkName, numbered, type Service } from "./services.ts";
import { buildToxiproxy, type Link, toxiproxyServer, type Undo } from "./toxiproxy.ts";

export interface FleetOptions {
  /** Keeps the servers' data, logs and pid files. What an earlier fleet left there is ended and removed. */
  readonly folder: string;
  readonly gateways: number;
  readonly workers: number;
  /** Settings of every process, such as LEASE_MS. */
  readonly env?: Readonly<Record<string, string>>;
  /** Gets a line for whatever the supervisor does. */
  readonly report?: (line: string) => void;
}

/**
 * A whole system of several gateways and workers, with a MySQL and a Redis of its own. Every connection leads through a
 * proxy of its own, so that each can be made to fail; whatever dies is started again.
 */
export class Fleet {
  /** The API, by way of a link. */
  readonly url: string;
  /** MySQL, directly. */
  readonly database: Database;
  readonly mysql: MysqlServer;
  readonly redis: RedisPair;
  readonly gateways: readonly string[];
  readonly workers: readonly string[];
  readonly #services: ReadonlyMap<string, Service>;
  readonly #settings = new Map<string, Readonly<Record<string, string>>>();
  readonly #links: ReadonlyMap<string, Link>;
  /** Brings the database's schema up to date, as a deployment does. MySQL must run. */
  readonly migrate: () => Promise<void>;
  readonly #supervisor: Supervisor;
  readonly #state: StateDir;
  readonly #end: () => Promise<void>;
  /** How many have frozen a process, by its pid. */
  readonly #frozen = new Map<number, number>();

  private constructor(parts: Parts, state: StateDir, supervisor: Supervisor, end: () => Promise<void>) {
    const { mysql, redis, services, links } = parts;
    this.mysql = mysql;
    this.redis = redis;
    this.migrate = parts.migrate;
    this.#services = services;
    this.#links = links;
    this.#supervisor = supervisor;
    this.#state = state;
    this.#end = end;
    this.gateways = [...services.keys()].filter((name) => name.startsWith("gateway"));
    this.workers = [...services.keys()].filter((name) => name.startsWith("worker"));
    this.url = `http://${this.link("client", "http").address}`;
    this.database = new Database({ url: mysql.urls.owner, connections: 4, timeoutMs: 30_000 });
  }

  /** Builds and prepares everything; MySQL, Redis and Toxiproxy run, and the database is migrated. */
  static async prepare(options: FleetOptions): Promise<Fleet> {
    const report = options.report ?? (() => {});
    const config = readLocalConfig();
    const state = openStateDir(options.folder);
    const releaseLock = takeLock(state.lock);
    const supervisor = new Supervisor({ order: startOrder, runDir: state.run, report });
    // Nobody is left to stop them when this process is ended from outside.
    const forget = atEnd(() => void supervisor.kill());
    const end = async () => {
      await supervisor.stop();
      releaseLock();
      forget();
    };
    try {
      await supervisor.stopLeftovers();
      rmSync(state.data, { recursive: true, force: true });
      rmSync(state.logs, { recursive: true, force: true });
      return new Fleet(await prepareParts(options, config, state, supervisor), state, supervisor, end);
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** A fleet that runs and is ready. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = await Fleet.prepare(options);
    try {
      await fleet.up(...fleet.services);
      await fleet.ready();
      return fleet;
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  /** The names of all gateways, workers, and of `http`. */
  get services(): readonly string[] {
    return [...this.#services.keys()];
  }

  /** Starts components that do not run, and keeps them running. They live when this returns, and may not be ready. */
  async up(...names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#supervisor.start(this.#specOf(name))));
  }

  /** Stops components, SIGTERM first, and leaves them stopped. Answers how each ended: "exited with code 0". */
  async down(...names: readonly string[]): Promise<readonly (string | undefined)[]> {
    return Promise.all(names.map((name) => this.#supervisor.stopComponent(name)));
  }

  /** Waits until every service says that it is ready. */
  async ready(timeoutMs = 60_000): Promise<void> {
    const look = async ({ readyUrl }: Service) => (await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) })).ok;
    await Promise.all(
      [...this.#services.values()].map((service) => until(`${service.name} is ready`, () => look(service), timeoutMs)),
    );
  }

  /** Where a service tells whether it is ready. */
  readyUrl(name: string): string {
    const service = this.#services.get(name);
    if (service === undefined) throw new Error(`there is no service ${name}`);
    return service.readyUrl;
  }

  /** Changes settings of a component, such as WORKER_CONCURRENCY, from its next start on. */
  configure(name: string, env: Readonly<Record<string, string>>): void {
    this.#settings.set(name, { ...this.#settings.get(name), ...env });
  }

  /** Takes all tables away, as before the first migration. MySQL must run. */
  async unmigrate(): Promise<void> {
    const tables = await rows<{ name: string }>(
      this.database,
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()",
    );
    await rows(this.database, `DROP TABLE ${tables.map(({ name }) => name).join(", ")}`);
  }

  /** The pid of a component; waits while it is being started again. */
  async pid(name: string): Promise<number> {
    const file = join(this.#state.run, `${name}.pid`);
    return until(`${name}.pid`, async () => Number(await readFile(file, "utf8").catch(() => "")) || undefined, 30_000);
  }

  /** Sends a signal to a component; answers the pid that got it. */
  async signal(name: string, signal: NodeJS.Signals): Promise<number> {
    const pid = await this.pid(name);
    process.kill(pid, signal);
    return pid;
  }

  /** Stops a process as a frozen machine would, until all who have frozen it have undone that. */
  async freeze(name: string): Promise<Undo> {
    const pid = await this.signal(name, "SIGSTOP");
    this.#frozen.set(pid, (this.#frozen.get(pid) ?? 0) + 1);
    let isUndone = false;
    return async () => {
      if (isUndone) return;
      isUndone = true;
      const others = (this.#frozen.get(pid) ?? 1) - 1;
      this.#frozen.set(pid, others);
      try {
        if (others === 0) process.kill(pid, "SIGCONT");
      } catch {
        // It was killed meanwhile.
      }
    };
  }

  /** What a component has logged since the fleet was prepared. */
  async log(name: string): Promise<string> {
    return readFile(this.#state.log(name), "utf8").catch(() => "");
  }

  /** The connection of a process to a server: of `client` to `http`, or of a service to `mysql`, `redis` or a gateway. */
  link(from: string, to: string): Link {
    const link = this.#links.get(linkName(from, to));
    if (link === undefined) throw new Error(`there is no link from ${from} to ${to}`);
    return link;
  }

  /** All connections. */
  get links(): readonly Link[] {
    return [...this.#links.values()];
  }

  /** Replaces Redis by a copy of it that is as old as `lagMs`. */
  async failOverRedis(lagMs: number): Promise<void> {
    await this.redis.failOverToStaleCopy(lagMs, async () => {
      for (const name of this.services) await this.link(name, "redis").redirect(this.redis.address);
    });
  }

  /** Ends everything. The logs stay. */
  async stop(): Promise<void> {
    await this.database.close();
    await this.#end();
  }

  #specOf(name: string): ComponentSpec {
    const stores = [this.mysql.spec, ...this.redis.members.map(({ spec }) => spec)];
    const spec = this.#services.get(name)?.spec ?? stores.find((store) => store.name === name);
    if (spec === undefined) throw new Error(`there is no component ${name}`);
    return { ...spec, env: { ...spec.env, ...this.#settings.get(name) } };
  }
}

/** They stop in the opposite order. */
const startOrder = [
  ...["mysql", "redis-1", "redis-2", "toxiproxy"],
  ...[...numbered("gateway", 9), ...numbered("worker", 9), "http"],
];

interface Parts {
  readonly mysql: MysqlServer;
  readonly redis: RedisPair;
  readonly services: ReadonlyMap<string, Service>;
  readonly links: ReadonlyMap<string, Link>;
  readonly migrate: () => Promise<void>;
}

async function prepareParts(
  options: FleetOptions,
  config: LocalConfig,
  state: StateDir,
  supervisor: Supervisor,
): Promise<Parts> {
  const report = options.report ?? (() => {});
  const env = environment(config, state, options);
  const go = await findGo(config.searchPath);
  const [toxiproxy, worker, mysql, redis] = await Promise.all([
    buildToxiproxy(go, state.bin, env),
    buildWorker({ go, root: config.root, binDir: state.bin, env, tags: "chaos" }),
    MysqlServer.prepare(config, state, report),
    RedisPair.prepare(config, state, report),
  ]);
  const { api, spec } = await toxiproxyServer(toxiproxy, options.folder, state.log("toxiproxy"));
  const stores = [mysql.spec, ...redis.members.map((member) => member.spec), spec];
  await Promise.all(stores.map((store) => supervisor.start(store)));
  const migrateIt = () => migrate(config.root, { ...env, ...mysqlSettings(mysql.urls) });
  await migrateIt();
  const connected = await connectServices({ config, state, env, mysql, redis, api, worker }, options);
  return { mysql, redis, migrate: migrateIt, ...connected };
}

function environment(config: LocalConfig, state: StateDir, { env }: FleetOptions): Record<string, string> {
  return { ...surroundings(config.environment), NODE_COMPILE_CACHE: state.compileCache, ...env };
}
