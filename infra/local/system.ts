import { rmSync } from "node:fs";
import type { LocalConfig, ServicePorts } from "./config.ts";
import type { RunningPart } from "./console/table.ts";
import type { Terminal } from "./console/terminal.ts";
import { writeEnvFile } from "./env-file.ts";
import { mysqlComponent } from "./mysql/component.ts";
import {
  functionsEnvironment,
  gatewayEnvironment,
  type MysqlUrls,
  mysqlSettings,
  workerEnvironment,
} from "./mysql/urls.ts";
import { runningParts } from "./parts.ts";
import type { SystemPlan } from "./plan.ts";
import { rotateLog } from "./process/log-file.ts";
import { endRunning } from "./process/run.ts";
import { redisComponent } from "./redis/component.ts";
import { gatewaySpec, type ServiceContext, workerSpec } from "./services.ts";
import { openStateDir, type StateDir } from "./state-dir.ts";
import { buildWorker, findGo } from "./steps/go.ts";
import { migrate } from "./steps/migrate.ts";
import { choosePorts } from "./steps/ports.ts";
import type { ComponentSpec } from "./supervisor/component.ts";
import { takeLock } from "./supervisor/lock.ts";
import { Supervisor } from "./supervisor/supervisor.ts";

/** The databases; without a specification when they run elsewhere. */
type Mysql = { urls: MysqlUrls; spec: ComponentSpec | undefined };
type Redis = { url: string; spec: ComponentSpec | undefined };

/** The complete system on this machine, in one state folder. Made by startable pieces; `start` runs them all. */
export class LocalSystem<P extends ServicePorts> {
  readonly #config: LocalConfig;
  readonly #plan: SystemPlan<P>;
  readonly #terminal: Terminal;
  readonly #state: StateDir;
  readonly #releaseLock: () => void;
  readonly #supervisor: Supervisor;
  /** From what is needed most to what is needed least; they stop in the opposite order. */
  readonly #componentNames: readonly string[];

  /** Takes the state folder; throws a StartFailure when another process has it. */
  constructor(config: LocalConfig, plan: SystemPlan<P>, terminal: Terminal) {
    this.#config = config;
    this.#plan = plan;
    this.#componentNames = ["mysql", "redis", "gateway", "worker", plan.front.name];
    this.#terminal = terminal;
    this.#state = openStateDir(config.stateDir);
    this.#releaseLock = takeLock(this.#state.lock);
    const report = (line: string): void => terminal.line(line);
    this.#supervisor = new Supervisor({ order: this.#componentNames, runDir: this.#state.run, report });
  }

  /** Brings everything up; returns what runs where. Throws a StartFailure, after which `stop` must still be called. */
  async start(): Promise<RunningPart[]> {
    await this.#supervisor.stopLeftovers();
    for (const name of this.#componentNames) {
      rotateLog(this.#state.log(name));
    }
    const [go, ports] = await Promise.all([findGo(this.#config.searchPath), choosePorts(this.#plan.ports)]);
    const worker = this.#build(go);
    const databases = this.#provideDatabases();
    // A worker that does not build ends the start at once, whatever is being downloaded meanwhile.
    const [mysql, redis] = await Promise.race([databases, worker.then(() => databases)]);
    const settings = settingsOf(ports, mysql.urls, redis.url);
    const env = { ...withCompileCache(this.#config.environment, this.#state), ...settings };
    writeEnvFile(this.#state.envFile, settings);
    const context: ServiceContext<P> = { root: this.#config.root, state: this.#state, ports, env };
    await Promise.all([
      worker,
      this.#startDatabases(mysql, redis, env).then(async () => {
        const health = this.#plan.migrates ? "readyz" : "livez";
        const services = [
          gatewaySpec({ ...context, env: gatewayEnvironment(env) }, health),
          workerSpec({ ...context, env: workerEnvironment(env) }, await worker, health),
        ];
        await Promise.all(services.map((spec) => this.#start(spec)));
      }),
      // It takes longest to load, so it loads while the databases start, and waits for them in its health.
      this.#start(afterMysql(this.#plan.front.spec({ ...context, env: functionsEnvironment(env) }), mysql.spec)),
    ]);
    const { name, where } = this.#plan.front;
    return runningParts(this.#state, settings, { component: name, where: where(ports) });
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
    const { root, environment: env, workerBuildTags: tags } = this.#config;
    return this.#terminal.step("build", () => buildWorker({ go, root, binDir: this.#state.bin, env, tags }));
  }

  /** Finds both databases, downloads them where they must be, and creates MySQL's data files. */
  #provideDatabases(): Promise<[Mysql, Redis]> {
    const { mysql, redis } = this.#plan.databasePorts;
    return this.#terminal.step("databases", (detail) =>
      Promise.all([
        mysqlComponent(this.#config, this.#state, mysql, detail),
        redisComponent(this.#config, this.#state, redis, detail),
      ]),
    );
  }

  async #startDatabases(mysql: Mysql, redis: Redis, env: Record<string, string>): Promise<void> {
    const migrated = async (): Promise<void> => {
      await (mysql.spec && this.#start(mysql.spec));
      if (this.#plan.migrates) await this.#terminal.step("migrate", () => migrate(this.#config.root, env));
    };
    await Promise.all([migrated(), redis.spec && this.#start(redis.spec)]);
  }

  #start(spec: ComponentSpec): Promise<void> {
    return this.#terminal.step(spec.name, () => this.#supervisor.start(spec));
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
function settingsOf(ports: ServicePorts, mysql: MysqlUrls, redisUrl: string): Record<string, string> {
  return {
    ...mysqlSettings(mysql),
    REDIS_URL: redisUrl,
    GATEWAY_ADDR: `127.0.0.1:${ports.PORT_GRPC}`,
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
  };
}
