import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { RowDataPacket } from "mysql2/promise";
import { createOrders } from "../../core/db/create-orders.ts";
import { Database } from "../../core/db/database.ts";
import { enqueue } from "../../core/queue/connection.ts";
import type { Ports } from "../../infra/local/config.ts";
import {
  functionsEnvironment,
  gatewayEnvironment,
  mysqlSettings,
  workerEnvironment,
} from "../../infra/local/mysql/urls.ts";
import { until } from "../../infra/local/process/wait.ts";
import { gatewaySpec, httpSpec, workerSpec } from "../../infra/local/services.ts";
import { buildWorker } from "../../infra/local/steps/go.ts";
import { choosePorts } from "../../infra/local/steps/ports.ts";
import type { ComponentSpec } from "../../infra/local/supervisor/component.ts";
import { Supervisor } from "../../infra/local/supervisor/supervisor.ts";
import type { Ground } from "../ground.ts";
import { laptop } from "../measure/laptop.ts";
import type { RunningSystem, System } from "../system.ts";

export interface OrdersOptions {
  /** How many gateways; 1 by default. */
  readonly gateways?: number;
  /** How many workers; 1 by default. */
  readonly workers?: number;
  /** Settings beside those that lead everybody to the others, such as PROCESS_MS. */
  readonly env?: Readonly<Record<string, string>>;
  /** Leaves the HTTP front out, where nothing is posted. */
  readonly withoutHttp?: boolean;
  /** Another checkout of this project, with its node_modules, whose code runs instead; see {@link buildOrders}. */
  readonly root?: string;
}

/** Builds the worker of a checkout. */
export async function buildOrders({ go, config, state, env }: Ground, root = config.root): Promise<void> {
  await buildWorker({ go, root, binDir: binDir(state, config.root, root), env });
}

function binDir(state: Ground["state"], own: string, root: string): string {
  return root === own ? state.bin : join(state.bin, "other");
}

/** This system, with the settings that `npm start` gives it. */
export function ordersSystem(options: OrdersOptions = {}): System {
  return {
    name: "orders",
    prepare: (ground) => buildOrders(ground),
    start: (ground, databaseUrl) => RunningOrders.start(ground, databaseUrl, options),
  };
}

/** This system, running; beyond the common there is what its own figures need. */
export class RunningOrders implements RunningSystem {
  readonly url: string;
  readonly processes: ReadonlyMap<string, number>;
  /** Where gateways and workers tell Prometheus. */
  readonly metricsUrls: readonly string[];
  readonly database: Database;
  readonly #redis: Redis;
  readonly #supervisor: Supervisor;

  private constructor(
    supervisor: Supervisor,
    parts: {
      url: string;
      metricsUrls: readonly string[];
      processes: ReadonlyMap<string, number>;
      databaseUrl: string;
      redisUrl: string;
    },
  ) {
    this.#supervisor = supervisor;
    this.url = parts.url;
    this.processes = parts.processes;
    this.metricsUrls = parts.metricsUrls;
    this.database = new Database({ url: parts.databaseUrl, connections: 4, timeoutMs: 600_000 });
    this.#redis = new Redis(parts.redisUrl);
  }

  static async start(ground: Ground, databaseUrl: string, options: OrdersOptions = {}): Promise<RunningOrders> {
    const { state, report } = ground;
    const users = await ground.migrate(databaseUrl);
    const env = { ...ground.env, ...mysqlSettings(users), REDIS_URL: ground.redisUrl, ...options.env };
    const specs = await specsOf(ground, env, options);
    const names = specs.map(({ spec }) => spec.name);
    const supervisor = new Supervisor({ order: names, runDir: state.run, report });
    try {
      await Promise.all(specs.map(({ spec }) => supervisor.start(spec)));
      const pids = await Promise.all(names.map(async (name) => [name, await pidOf(state.run, name)] as const));
      const port = specs.find(({ spec }) => spec.name === "http")?.ports.PORT_HTTP;
      return new RunningOrders(supervisor, {
        ...{ url: `http://127.0.0.1:${port}`, processes: new Map(pids) },
        ...{ databaseUrl, redisUrl: ground.redisUrl, metricsUrls: specs.flatMap(metricsUrl) },
      });
    } catch (error) {
      await supervisor.stop();
      throw error;
    }
  }

  async pause(): Promise<void> {
    this.#signalWorkers("SIGSTOP");
    // The reads that they began before would still take the next entries.
    const isOver = async () => {
      if (!/^blocked_clients:0\r/m.test(await this.#redis.info("clients"))) throw new Error("a read is under way");
    };
    await until(isOver, { timeoutMs: 10_000, what: "the workers' last reads did not end" });
  }

  resume(): void {
    this.#signalWorkers("SIGCONT");
  }

  async fill(orders: number): Promise<void> {
    for (let left = orders; left > 0; left -= fillBatch) {
      const batch = Array.from({ length: Math.min(left, fillBatch) }, laptop);
      await this.database.run((session) =>
        createOrders(
          session,
          batch.map((order) => ({ order })),
        ),
      );
      await enqueue(this.#redis, batch);
    }
  }

  /** The totals that MySQL keeps for `GET /stats`: 64 rows at most, however many orders there are. */
  async completed(): Promise<number> {
    return this.#number("SELECT COALESCE(SUM(total), 0) AS value FROM order_totals WHERE status = 'completed'");
  }

  async isCompleted(id: string): Promise<boolean> {
    return (
      (await this.#number("SELECT status = 'completed' AS value FROM orders WHERE id = UUID_TO_BIN(?)", [id])) === 1
    );
  }

  /** Whether no order waits or is in work. */
  async isEmpty(): Promise<boolean> {
    return (
      (await this.#number(
        "SELECT EXISTS (SELECT 1 FROM orders WHERE status IN ('pending', 'processing')) AS value",
      )) === 0
    );
  }

  stored(): Promise<number> {
    return this.#number("SELECT COUNT(*) AS value FROM orders");
  }

  async stop(): Promise<void> {
    this.resume();
    this.#redis.disconnect();
    await this.database.close();
    await this.#supervisor.stop();
  }

  #signalWorkers(signal: NodeJS.Signals): void {
    for (const [name, pid] of this.processes) if (name.startsWith("worker")) process.kill(pid, signal);
  }

  async #number(sql: string, values: unknown[] = []): Promise<number> {
    return this.database.run(async ({ connection }) => {
      const [rows] = await connection.query<(RowDataPacket & { value: number })[]>(sql, values);
      return Number(rows[0]?.value);
    });
  }
}

const fillBatch = 500;

interface Part {
  readonly spec: ComponentSpec;
  readonly ports: Ports;
}

function metricsUrl({ spec: { name }, ports }: Part): string[] {
  if (name === "http") return [];
  const port = name.startsWith("gateway") ? ports.PORT_GATEWAY_METRICS : ports.PORT_WORKER_METRICS;
  return [`http://127.0.0.1:${port}/metrics`];
}

const anyPorts: Ports = {
  ...{ PORT_HTTP: 0, PORT_LAMBDA: 0, PORT_GRPC: 0 },
  ...{ PORT_GATEWAY_METRICS: 0, PORT_WORKER_METRICS: 0 },
};

async function specsOf(ground: Ground, env: Record<string, string>, options: OrdersOptions): Promise<Part[]> {
  const { config, state } = ground;
  const root = options.root ?? config.root;
  const gateways = await Promise.all(numbered("gateway", options.gateways).map(withPorts));
  const addresses = gateways.map(({ ports }) => `127.0.0.1:${ports.PORT_GRPC}`).join();
  const others = await Promise.all([...numbered("worker", options.workers), "http"].map(withPorts));
  const wanted = options.withoutHttp ? others.filter(({ name }) => name !== "http") : others;
  return [...gateways, ...wanted].map(({ name, ports }) => {
    const settings = Object.fromEntries(Object.entries(ports).map(([key, port]) => [key, String(port)]));
    const all = { ...env, ...settings, GATEWAY_ADDR: addresses };
    const context = (own: Record<string, string>) => ({ root, state, ports, env: own });
    const common = { name, logFile: state.log(name) };
    if (name.startsWith("gateway")) {
      return { ports, spec: { ...gatewaySpec(context(gatewayEnvironment(all)), "readyz"), ...common } };
    }
    if (name === "http") return { ports, spec: { ...httpSpec(context(functionsEnvironment(all))), ...common } };
    const binary = join(binDir(state, config.root, root), "worker");
    return { ports, spec: { ...workerSpec(context(workerEnvironment(all)), binary, "readyz"), ...common } };
  });
}

async function withPorts(name: string): Promise<{ name: string; ports: Ports }> {
  return { name, ports: await choosePorts(anyPorts) };
}

/** `worker` alone, or `worker-1`, `worker-2` and so on. */
function numbered(name: string, count = 1): string[] {
  return count === 1 ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

async function pidOf(runDir: string, name: string): Promise<number> {
  return Number(await readFile(join(runDir, `${name}.pid`), "utf8"));
}
