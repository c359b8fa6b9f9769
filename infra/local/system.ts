import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import type { LocalConfig, Ports } from "./config.ts";
import { type RunningPart, withoutPassword } from "./console/table.ts";
import type { Terminal } from "./console/terminal.ts";
import { writeEnvFile } from "./env-file.ts";
import { mysqlComponent } from "./mysql/component.ts";
import { rotateLog } from "./process/log-file.ts";
import { endRunning } from "./process/run.ts";
import { redisComponent } from "./redis/component.ts";
import { gatewaySpec, httpSpec, type ServiceContext, workerSpec } from "./services.ts";
import { openStateDir, type StateDir } from "./state-dir.ts";
import { buildWorker, findGo } from "./steps/go.ts";
import { migrate } from "./steps/migrate.ts";
import { choosePorts } from "./steps/ports.ts";
import type { ComponentSpec } from "./supervisor/component.ts";
import { takeLock } from "./supervisor/lock.ts";
import { Supervisor } from "./supervisor/supervisor.ts";

/** From what is needed most to what is needed least; they stop in the opposite order. */
const componentNames = ["mysql", "redis", "gateway", "worker", "http"] as const;

/** Either of the databases; without a specification when it runs elsewhere. */
type Database = { url: string; spec: ComponentSpec | undefined };

/** The complete system on this machine, in one state folder. Made by startable pieces; `start` runs them all. */
export class LocalSystem {
  readonly #config: LocalConfig;
  readonly #terminal: Terminal;
  readonly #state: StateDir;
  readonly #releaseLock: () => void;
  readonly #supervisor: Supervisor;

  /** Takes the state folder; throws a StartFailure when another process has it. */
  constructor(config: LocalConfig, terminal: Terminal) {
    this.#config = config;
    this.#terminal = terminal;
    this.#state = openStateDir(config.stateDir);
    this.#releaseLock = takeLock(this.#state.lock);
    const report = (line: string): void => terminal.line(line);
    this.#supervisor = new Supervisor({ order: componentNames, runDir: this.#state.run, report });
  }

  /** Brings everything up; returns what runs where. Throws a StartFailure, after which `stop` must still be called. */
  async start(): Promise<RunningPart[]> {
    await this.#supervisor.stopLeftovers();
    for (const name of componentNames) {
      rotateLog(this.#state.log(name));
    }
    const [go, ports] = await Promise.all([findGo(this.#config.searchPath), choosePorts(this.#config.ports)]);
    const worker = this.#build(go);
    const databases = this.#provideDatabases();
    // A worker that does not build ends the start at once, whatever is being downloaded meanwhile.
    const [mysql, redis] = await Promise.race([databases, worker.then(() => databases)]);
    const settings = settingsOf(ports, mysql.url, redis.url);
    const env = { ...withCompileCache(this.#config.environment, this.#state), ...settings };
    writeEnvFile(this.#state.envFile, settings);
    const context: ServiceContext = { root: this.#config.root, state: this.#state, ports, env };
    await Promise.all([
      worker,
      this.#startDatabases(mysql, redis, env).then(async () => {
        await Promise.all([this.#start(gatewaySpec(context)), this.#start(workerSpec(context, await worker))]);
      }),
      // It takes longest to load, so it loads while the databases start, and waits for them in its health.
      this.#start(afterMysql(httpSpec(context), mysql.spec)),
    ]);
    return this.#runningParts(ports, mysql, redis);
  }

  /** Stops everything in order; nothing is left running. */
  async stop(): Promise<void> {
    await Promise.all([this.#supervisor.stop(), endRunning()]);
    this.#close();
  }

  /** Kills everything at once. */
  async kill(): Promise<void> {
    await Promise.all([this.#supervisor.kill(), endRunning()]);
    this.#close();
  }

  #close(): void {
    rmSync(this.#state.envFile, { force: true });
    this.#releaseLock();
  }

  #build(go: string): Promise<string> {
    const { root, environment: env } = this.#config;
    return this.#terminal.step("build", () => buildWorker({ go, root, binDir: this.#state.bin, env }));
  }

  /** Finds both databases, downloads them where they must be, and creates MySQL's data files. */
  #provideDatabases(): Promise<[Database, Database]> {
    return this.#terminal.step("databases", (detail) =>
      Promise.all([
        mysqlComponent(this.#config, this.#state, detail),
        redisComponent(this.#config, this.#state, detail),
      ]),
    );
  }

  async #startDatabases(mysql: Database, redis: Database, env: Record<string, string>): Promise<void> {
    const migrated = async (): Promise<void> => {
      await (mysql.spec && this.#start(mysql.spec));
      await this.#terminal.step("migrate", () => migrate(this.#config.root, env));
    };
    await Promise.all([migrated(), redis.spec && this.#start(redis.spec)]);
  }

  #start(spec: ComponentSpec): Promise<void> {
    return this.#terminal.step(spec.name, () => this.#supervisor.start(spec));
  }

  #runningParts(ports: Ports, mysql: Database, redis: Database): RunningPart[] {
    const part = (component: string, where: string, own = true): RunningPart => ({
      component,
      where,
      pid: own ? Number(readFileSync(join(this.#state.run, `${component}.pid`), "utf8")) : undefined,
      log: own ? relative(process.cwd(), this.#state.log(component)) : undefined,
    });
    return [
      part("mysql", withoutPassword(mysql.url), mysql.spec !== undefined),
      part("redis", withoutPassword(redis.url), redis.spec !== undefined),
      part("gateway", `127.0.0.1:${ports.PORT_GRPC} (gRPC)`),
      part("worker", `http://127.0.0.1:${ports.PORT_WORKER_METRICS}/readyz`),
      part("http", `http://127.0.0.1:${ports.PORT_HTTP}`),
    ];
  }
}

/** Its time limit begins where MySQL's ends, so that a MySQL that does not come up is what is complained of. */
function afterMysql(spec: ComponentSpec, mysql: ComponentSpec | undefined): ComponentSpec {
  return { ...spec, readyTimeoutMs: spec.readyTimeoutMs + (mysql?.readyTimeoutMs ?? 0) };
}

/** Node keeps the compiled form of what it loads there: serverless-offline starts half a second sooner. */
function withCompileCache(env: Record<string, string>, state: StateDir): Record<string, string> {
  return { NODE_COMPILE_CACHE: state.compileCache, ...env };
}

/** What the children get beside the environment that the system was started with. */
function settingsOf(ports: Ports, mysqlUrl: string, redisUrl: string): Record<string, string> {
  return {
    MYSQL_URL: mysqlUrl,
    REDIS_URL: redisUrl,
    GATEWAY_ADDR: `127.0.0.1:${ports.PORT_GRPC}`,
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
  };
}
