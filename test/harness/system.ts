import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll } from "vitest";
import { Database } from "../../core/db/database.ts";
import { readEnvFile } from "../../infra/local/env-file.ts";
import { createDatabase, databaseUrl, dropDatabase } from "./database.ts";
import type { HttpAnswer } from "./http.ts";
import { until } from "./until.ts";
import { userUrls } from "./users.ts";

const root = resolve(import.meta.dirname, "../..");

export type Component = "mysql" | "redis" | "gateway" | "worker" | "http";

/** A whole system of its own: what `npm start` runs, at free ports, on a Redis and in a database of its own. */
export class TestSystem {
  readonly database: Database;
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
  readonly #supervisor: ChildProcess;
  readonly #folder: string;

  constructor(supervisor: ChildProcess, folder: string, env: Readonly<Record<string, string>>) {
    this.#supervisor = supervisor;
    this.#folder = folder;
    this.env = env;
    this.url = `http://127.0.0.1:${env.PORT_HTTP}`;
    this.database = new Database({ url: env.MYSQL_URL ?? "", connections: 4, timeoutMs: 20_000 });
  }

  /** The pid of the serving process; waits for it while the component is being started again. */
  async pid(component: Component): Promise<number> {
    const file = join(this.#folder, "run", `${component}.pid`);
    return until(`${component}.pid`, async () => Number(await readFile(file, "utf8").catch(() => "")) || undefined);
  }

  async signal(component: Component, signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.pid(component), signal);
  }

  async log(component: Component): Promise<string> {
    return readFile(join(this.#folder, "logs", `${component}.log`), "utf8");
  }

  /** Stops the worker as a frozen machine would. When this returns, what is enqueued stays in the queue. */
  async freezeWorker(): Promise<void> {
    await this.signal("worker", "SIGSTOP");
    const redis = new Redis(this.env.REDIS_URL ?? "");
    // The read that it began before would still take the next entries.
    await until("the worker's last read is over", async () =>
      /^blocked_clients:0\r/m.test(await redis.info("clients")),
    );
    redis.disconnect();
  }

  /** Posts an order; a laptop unless it says otherwise. */
  async post(
    order: object = { item: "Laptop", quantity: 2, price: 1299.99 },
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpAnswer> {
    const all = { "Content-Type": "application/json", ...headers };
    return this.request("/orders", { method: "POST", headers: all, body: JSON.stringify(order) });
  }

  async get(path: string): Promise<HttpAnswer> {
    return this.request(path);
  }

  /** Sends a request and reads the whole answer: one that is not read keeps its connection. */
  async request(path: string, options: RequestInit = {}): Promise<HttpAnswer> {
    const answer = await fetch(`${this.url}${path}`, options);
    const text = await answer.text();
    const isJson = /\bjson\b/.test(answer.headers.get("content-type") ?? "") && text !== "";
    const headers = Object.fromEntries(answer.headers);
    return { status: answer.status, headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  async stop(): Promise<void> {
    await this.database.close();
    const closed = once(this.#supervisor, "close");
    this.#supervisor.kill("SIGTERM");
    await closed;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Gives the test file a running system. Use what is returned within tests and hooks only. */
export function useSystem(env: Readonly<Record<string, string>> = {}): TestSystem {
  const used = {} as { system: TestSystem };
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "orders-system-"));
    const MYSQL_URL = databaseUrl(`orders_test_${randomBytes(6).toString("hex")}`);
    await createDatabase(MYSQL_URL);
    // As in production: no process but the migration and the operators' function is the owner.
    const { handlers: MYSQL_HANDLERS_URL, gateway: MYSQL_GATEWAY_URL } = userUrls(MYSQL_URL);
    used.system = await startSystem(folder, { MYSQL_URL, MYSQL_HANDLERS_URL, MYSQL_GATEWAY_URL, ...env });
  });
  afterAll(async () => {
    await used.system?.stop();
    await dropDatabase(used.system.env.MYSQL_URL ?? "");
  });
  return new Proxy({} as TestSystem, {
    get: (_, name) => {
      const value = Reflect.get(used.system, name) as unknown;
      return typeof value === "function" ? value.bind(used.system) : value;
    },
  });
}

async function startSystem(folder: string, env: Readonly<Record<string, string>>): Promise<TestSystem> {
  const { REDIS_URL: _, ...inherited } = process.env;
  const ports = ["PORT_HTTP", "PORT_GRPC", "PORT_GATEWAY_METRICS", "PORT_WORKER_METRICS", "PORT_LAMBDA"];
  const supervisor = spawn(process.execPath, ["infra/local/start.ts"], {
    cwd: root,
    env: {
      ...inherited,
      ...Object.fromEntries(ports.map((name) => [name, "0"])),
      ORDERS_STATE_DIR: folder,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [supervisor.stdout, supervisor.stderr]) stream?.on("data", (chunk) => (output += chunk));
  const ended = new AbortController();
  supervisor.once("close", () => ended.abort(new Error("the system did not start")));
  const isReady = async () => /^ready /m.test(output);
  await until("the system is ready", isReady, 120_000, ended.signal).catch((error: unknown) => {
    supervisor.kill("SIGTERM");
    throw new Error(`${String(error)}\n${output}`);
  });
  return new TestSystem(supervisor, folder, readEnvFile(join(folder, "run/env")));
}
