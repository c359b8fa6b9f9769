import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { readLocalConfig } from "../../infra/local/config.ts";
import { freePort } from "../../infra/local/ports.ts";
import { buildWorker, findGo } from "../../infra/local/steps/go.ts";
import { makeCertificates } from "../harness/certificates.ts";
import { useDatabase } from "../harness/database.ts";
import { countByStatus, rows, storeOrders } from "../harness/orders.ts";
import { useRedis } from "../harness/redis.ts";
import { until } from "../harness/until.ts";
import { asUser } from "../harness/users.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "orders-grpc-security-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { certificate, key, authority } = makeCertificates(join(folder, "tls"), "localhost");
const { database, url } = useDatabase();
const redis = useRedis();
const oldToken = "the-token-of-yesterday";
const newToken = "the-token-of-today";
let binary: string;

beforeAll(async () => {
  const { searchPath, environment: env } = readLocalConfig();
  binary = await buildWorker({ go: await findGo(searchPath), root, binDir: folder, env });
});

/** A process of ours, and what it says. */
class Process {
  output = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (chunk) => (this.output += chunk));
    this.#ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
    onTestFinished(() => this.stop());
  }

  says(text: string): Promise<true> {
    return until(`"${text}" is said`, async () => this.output.includes(text) && (true as const));
  }

  stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    return this.#ended;
  }
}

/** The gateway as it is started anywhere but on this machine alone: with TLS, and these tokens. */
async function startGateway(port: number, tokens: string): Promise<Process> {
  const gateway = new Process(process.execPath, ["grpc-gateway/main.ts"], {
    ...{ MYSQL_URL: asUser("gateway", url), REDIS_URL: redis.url, PORT_GRPC: String(port), PORT_GATEWAY_METRICS: "0" },
    ...{ GRPC_TOKEN: tokens, GRPC_TLS_CERT: certificate, GRPC_TLS_KEY: key, RELAY_INTERVAL_MS: "100" },
  });
  await gateway.says(`"msg":"serving"`);
  return gateway;
}

function startWorker(port: number, tokens: string): Process {
  return new Process(binary, [], {
    ...{ REDIS_URL: redis.url, GATEWAY_ADDR: `localhost:${port}`, PORT_WORKER_METRICS: "0" },
    ...{ GRPC_TOKEN: tokens, GRPC_TLS_CA: authority },
  });
}

async function enqueue(count: number): Promise<void> {
  for (const { id, quantity } of await storeOrders(database, count)) {
    await redis.redis.xadd("orders:queue", "*", "orderId", id, "quantity", quantity);
  }
}

async function allCompletedOnce(count: number): Promise<void> {
  await until("all are completed", async () => (await countByStatus(database)).completed === count, 60_000);
  const twice = "SELECT order_id FROM order_events WHERE status = 'completed' GROUP BY order_id HAVING COUNT(*) > 1";
  expect(await rows(database, twice)).toEqual([]);
  await rows(database, "DELETE FROM orders");
}

test("orders are completed through TLS by a worker with the token", async () => {
  const port = await freePort();
  const gateway = await startGateway(port, newToken);
  const worker = startWorker(port, newToken);
  await enqueue(50);
  await allCompletedOnce(50);
  await Promise.all([gateway.stop(), worker.stop()]);
  expect(gateway.output).toContain("certificateExpires");
  expect(gateway.output + worker.output).not.toMatch(/the-token-of|PRIVATE KEY/);
});

test("a worker with a wrong token loses nothing, and goes on once the gateway takes its token too", async () => {
  const port = await freePort();
  const gateway = await startGateway(port, oldToken);
  // As when a token is changed: the newer one comes first, and the worker shows the first.
  const worker = startWorker(port, `${newToken},${oldToken}`);
  await enqueue(50);
  await worker.says("the gateway does not serve this worker");
  expect(worker.output).toContain("the caller's GRPC_TOKEN is not ours");
  expect(await countByStatus(database)).toEqual({ pending: 50 });
  await gateway.stop();
  await startGateway(port, `${oldToken},${newToken}`);
  await allCompletedOnce(50);
});
