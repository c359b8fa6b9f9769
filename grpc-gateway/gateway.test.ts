import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import {
  type Client,
  credentials,
  makeClientConstructor,
  type ServiceClientConstructor,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { service as healthService } from "grpc-health-check";
import mysql from "mysql2/promise";
import { pino } from "pino";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { readGatewayConfig } from "../core/config/gateway.ts";
import { migrateDatabase } from "../core/db/migrations.ts";
import { type OrderStatusResult, Outcome } from "../core/gen/orders/v1/orders.ts";
import { freePort } from "../infra/local/ports.ts";
import { useDatabase } from "../test/harness/database.ts";
import { TestWorker } from "../test/harness/gateway.ts";
import { readMetrics } from "../test/harness/metrics.ts";
import { rows, setDue, storedState, storeOrders } from "../test/harness/orders.ts";
import { NetworkProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";
import { asUser, userUrls } from "../test/harness/users.ts";
import { runGateway } from "./gateway.ts";

const { database, url } = useDatabase();
const redis = useRedis();

interface Line {
  readonly msg: string;
  readonly grpc?: string;
  readonly reason?: string;
}

interface Report {
  readonly status?: string;
  readonly checks?: Readonly<Record<string, string>>;
}

/** A gateway in this process, and what it says. */
async function startGateway(mysqlUrl = url) {
  const healthPort = await freePort();
  const config = readGatewayConfig({
    MYSQL_URL: asUser("gateway", mysqlUrl),
    REDIS_URL: redis.url,
    PORT_GRPC: "0",
    PORT_GATEWAY_METRICS: String(healthPort),
    RELAY_INTERVAL_MS: "50",
  });
  const lines: Line[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const stopping = new AbortController();
  const ended = runGateway(config, log, stopping.signal);
  const stop = () => {
    stopping.abort();
    return ended;
  };
  onTestFinished(stop);
  const said = (text: string) =>
    until(text, async () => lines.find(({ msg, reason }) => `${msg} ${reason}`.includes(text)));
  const served = async () => Number((await said("serving")).grpc?.split(":").at(-1));
  const health = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${healthPort}${path}`);
    return { status: response.status, body: (await response.json()) as Report };
  };
  const metrics = async () => {
    const response = await fetch(`http://127.0.0.1:${healthPort}/metrics`);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    return readMetrics(await response.text());
  };
  return { stop, said, served, health, metrics };
}

async function proxyTo(target: string): Promise<NetworkProxy> {
  const proxy = await NetworkProxy.start(target);
  onTestFinished(async () => {
    proxy.thaw();
    await proxy.down();
  });
  return proxy;
}

function connect(Service: ServiceClientConstructor, port: number): Client & Record<string, CallableFunction> {
  const client = new Service(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  return client as Client & Record<string, CallableFunction>;
}

/** Asks `grpc.health.v1.Health/Check`. */
function checker(port: number): (service: string) => Promise<string> {
  const client = connect(makeClientConstructor(healthService, "Health"), port);
  return (service) =>
    new Promise((resolve, reject) => {
      client.check?.({ service }, (error: Error | null, response: { status: string }) =>
        error === null ? resolve(response.status) : reject(error),
      );
    });
}

/** The services that reflection lists. */
function listServices(port: number): Promise<string[]> {
  const directory = fileURLToPath(new URL("../proto", import.meta.resolve("@grpc/reflection")));
  const definition = loadSync("grpc/reflection/v1/reflection.proto", { includeDirs: [directory] });
  const service = definition["grpc.reflection.v1.ServerReflection"] as ServiceDefinition;
  const client = connect(makeClientConstructor(service, "ServerReflection"), port);
  const call = client.serverReflectionInfo?.();
  return new Promise((resolve, reject) => {
    call.on("error", reject);
    call.on("data", (response: { listServicesResponse: { service: { name: string }[] } }) => {
      call.end();
      resolve(response.listServicesResponse.service.map(({ name }) => name));
    });
    call.write({ listServices: "" });
  });
}

function workerAt(port: number): TestWorker {
  const worker = new TestWorker(port, "alice");
  onTestFinished(() => worker.close());
  return worker;
}

describe("a gateway that serves", () => {
  test("is healthy and says what it serves", async () => {
    const { served, health } = await startGateway();
    const port = await served();
    const check = checker(port);
    expect(await check("")).toBe("SERVING");
    expect(await check("orders.v1.OrderStatusService")).toBe("SERVING");
    await expect(check("orders.v1.Unknown")).rejects.toMatchObject({ code: status.NOT_FOUND });
    expect(await listServices(port)).toEqual(expect.arrayContaining(["orders.v1.OrderStatusService"]));
    expect(await health("/livez")).toMatchObject({ status: 200, body: { status: "ok" } });
    await until("it is ready", async () => (await health("/readyz")).status === 200);
    const checks = { mysql: "ok", redis: "ok", serving: "true", relay: "ok", calls: "ok", connections: "ok" };
    expect((await health("/readyz")).body).toEqual({ status: "ok", checks });
    expect(await health("/")).toMatchObject({ status: 404, body: { title: "Not Found" } });
  });

  test("tells Prometheus how it does", async () => {
    const { served, metrics } = await startGateway();
    const worker = workerAt(await served());
    const [order] = await storeOrders(database, 1);
    await worker.claim(order!.id);
    const seen = await until("the relay has looked", async () => {
      const scrape = await metrics();
      return (
        scrape.get("orders_gateway_redis_up") === 1 && scrape.has('orders_gateway_orders{status="pending"}') && scrape
      );
    });
    expect(Object.fromEntries(seen)).toMatchObject({
      'orders_gateway_rpc_duration_seconds_count{method="BatchUpdateOrderStatus",code="OK"}': 1,
      'orders_gateway_updates_total{kind="claim",outcome="applied"}': 1,
      'orders_gateway_transaction_duration_seconds_count{work="updates"}': 1,
      'orders_gateway_transaction_retries_total{reason="deadlock"}': 0,
      orders_gateway_mysql_up: 1,
      orders_gateway_relay_last_round_age_seconds: expect.any(Number),
      process_cpu_seconds_total: expect.any(Number),
    });
    expect(seen.get("orders_gateway_relay_last_round_age_seconds")).toBeLessThan(10);
    expect(seen.get("orders_gateway_relay_round_duration_seconds_count")).toBeGreaterThan(0);
  });

  test("repairs", async () => {
    const { served } = await startGateway();
    await served();
    const [order] = await storeOrders(database, 1, { runAt: new Date(Date.now() + 60_000) });
    await setDue(database, [order!.id], -1);
    await until("it is due", async () => (await storedState(database, order!.id)).status === "pending");
  });

  test("is not ready while MySQL is away, and live all the same", async () => {
    const proxy = await proxyTo(url);
    const { served, health, metrics } = await startGateway(proxy.url);
    const port = await served();
    const check = checker(port);
    await until("it is ready", async () => (await health("/readyz")).status === 200);
    await proxy.down();
    await until("it is not ready", async () => (await health("/readyz")).status === 503);
    expect((await health("/readyz")).body).toMatchObject({ status: "unavailable", checks: { mysql: "away" } });
    expect((await metrics()).get("orders_gateway_mysql_up")).toBe(0);
    expect(await check("")).toBe("NOT_SERVING");
    expect(await check("orders.v1.OrderStatusService")).toBe("NOT_SERVING");
    expect((await health("/livez")).status).toBe(200);
    await proxy.up();
    await until("it serves again", async () => (await check("")) === "SERVING");
    expect((await health("/readyz")).status).toBe(200);
  });

  test("is not ready while calls come and none is answered, although MySQL is there", async () => {
    const { served, health } = await startGateway();
    const worker = workerAt(await served());
    const [order] = await storeOrders(database, 1);
    const connection = await mysql.createConnection(url);
    onTestFinished(() => connection.end());
    await connection.query("START TRANSACTION");
    await connection.query("SELECT id FROM orders WHERE id = UUID_TO_BIN(?) FOR UPDATE", [order!.id]);
    const claimed = until(
      "it is claimed",
      async () => {
        const answer = await worker.claim(order!.id).catch(() => undefined);
        return answer?.[0]?.outcome === Outcome.APPLIED;
      },
      25_000,
    );
    const notReady = async () => {
      const { status, body } = await health("/readyz");
      return status === 503 && body.checks;
    };
    expect(await until("it is not ready", notReady)).toMatchObject({
      ...{ mysql: "ok", relay: "ok", calls: expect.stringMatching(/^none was answered for 1\d s$/) },
    });
    expect((await health("/livez")).status).toBe(200);
    await connection.query("ROLLBACK");
    await claimed;
    await until("it is ready again", async () => (await health("/readyz")).status === 200);
  });

  test("says which of its repairs fails", async () => {
    const [due] = await storeOrders(database, 1, { runAt: new Date(Date.now() + 60_000) });
    // The order's next line of history is taken: it cannot move.
    const line = "VALUES (UUID_TO_BIN(?), 1, 'pending', 0, UTC_TIMESTAMP(3))";
    await rows(database, `INSERT INTO order_events (order_id, seq, status, attempt, at) ${line}`, [due!.id]);
    await setDue(database, [due!.id], -1);
    onTestFinished(async () => void (await rows(database, "DELETE FROM orders")));
    const { health } = await startGateway();
    await until("it is told", async () => (await health("/readyz")).body.checks?.relay === "failing: due");
    expect((await health("/readyz")).status).toBe(200);
  });
});

describe("a gateway that starts", () => {
  test("waits for MySQL and for the migration, and says so", async () => {
    const proxy = await proxyTo(await emptyDatabase());
    await proxy.down();
    const { said, served, health } = await startGateway(proxy.url);
    expect((await said("ECONNREFUSED")).msg).toBe("waiting for MySQL");
    expect((await health("/livez")).status).toBe(200);
    expect(await health("/readyz")).toMatchObject({ status: 503, body: { checks: { serving: "false" } } });
    await proxy.up();
    expect((await said("refuses this user, to whom the migration")).msg).toBe("waiting for MySQL");
    expect((await health("/readyz")).status).toBe(503);
    await migrateDatabase(proxy.url, { users: userUrls(proxy.url) });
    expect(await checker(await served())("")).toBe("SERVING");
  });

  test("stops while it waits", async () => {
    const { said, stop } = await startGateway(`mysql://root@127.0.0.1:${await freePort()}/orders`);
    await said("waiting for MySQL");
    await stop();
    await said("stopped");
  });
});

describe("a gateway that stops", () => {
  test("answers the call that is under way, and takes no more", async () => {
    const proxy = await proxyTo(url);
    const { served, stop, health } = await startGateway(proxy.url);
    const worker = workerAt(await served());
    const [order, other] = await storeOrders(database, 2);
    let claiming: Promise<OrderStatusResult[]> | undefined;
    await database.transaction(async ({ connection }) => {
      await connection.query("SELECT id FROM orders WHERE id = UUID_TO_BIN(?) FOR UPDATE", [order!.id]);
      claiming = worker.claim(order!.id);
      await until("the claim is under way", async () => proxy.timesSent("ORDER BY id FOR UPDATE") > 0);
      void stop();
      await until("it stops", async () => (await health("/readyz")).status === 503);
    });
    expect(await claiming).toMatchObject([{ outcome: Outcome.APPLIED, attempt: 1 }]);
    await stop();
    await expect(worker.claim(other!.id)).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await expect(health("/livez")).rejects.toThrow();
  });
});

/** A database without tables. */
async function emptyDatabase(): Promise<string> {
  const name = `orders_test_${randomBytes(6).toString("hex")}`;
  const connection = await mysql.createConnection(inject("mysqlUrl"));
  await connection.query(`CREATE DATABASE ${name}`);
  onTestFinished(async () => {
    await connection.query(`DROP DATABASE ${name}`);
    await connection.end();
  });
  const created = new URL(inject("mysqlUrl"));
  created.pathname = `/${name}`;
  return created.href;
}
