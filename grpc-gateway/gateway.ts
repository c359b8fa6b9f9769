import { once } from "node:events";
import type { GatewayConfig } from "../core/config/gateway.ts";
import { batchSession, Database } from "../core/db/database.ts";
import { isUnavailable } from "../core/db/errors.ts";
import { assertMigrated, assertSupported } from "../core/db/server.ts";
import { defaultBackoff } from "../core/domain/retry.ts";
import type { LeasePolicy } from "../core/domain/status-update.ts";
import { waitFor } from "../core/process/wait.ts";
import { Queue } from "../core/queue/queue.ts";
import type { Logger } from "../core/telemetry/log.ts";
import { createCounter } from "./counter.ts";
import { type Health, portOf, serveHealth } from "./health-endpoint.ts";
import { Relay } from "./relay.ts";
import { GatewayServer } from "./server.ts";

/** How long one transaction may take, in milliseconds: less than a worker waits for its answer. */
const databaseTimeoutMs = 4_000;

/** How long one call to Redis may take, in milliseconds. */
const redisTimeoutMs = 2_000;

/** A relay that did not get on for this long, beyond its interval, is stuck, in milliseconds. */
const stuckAfterMs = 30_000;

/** Runs the gateway until the signal is aborted; then ends what is under way and returns. */
export async function runGateway(config: GatewayConfig, log: Logger, signal: AbortSignal): Promise<void> {
  const database = new Database({
    url: config.MYSQL_URL,
    connections: config.MYSQL_CONNECTIONS,
    timeoutMs: databaseTimeoutMs,
    prepare: batchSession,
  });
  const queue = new Queue(config.REDIS_URL, redisTimeoutMs);
  const policy = policyOf(config);
  let isServing = false;
  const server = new GatewayServer({ database, queue, policy, log });
  const relay = new Relay({
    database,
    queue,
    policy,
    log: log.child({ part: "relay" }),
    intervalMs: config.RELAY_INTERVAL_MS,
    graceMs: config.QUEUE_GRACE_MS,
    onMysql: (isThere) => server.setServing(isServing && isThere),
  });

  const counter = createCounter(database, log);

  const health = await serveHealth(config.LISTEN_HOST, config.PORT_GATEWAY_METRICS, () =>
    healthOf(relay, isServing, config),
  );
  try {
    await databaseReady(database, log, signal);
    const port = await server.listen(`${config.LISTEN_HOST}:${config.PORT_GRPC}`);
    isServing = true;
    relay.start();
    counter.start();
    log.info({ grpc: `${config.LISTEN_HOST}:${port}`, health: `${config.LISTEN_HOST}:${portOf(health)}` }, "serving");
    if (!signal.aborted) await once(signal, "abort");
    isServing = false;
    await Promise.all([server.stop(config.DRAIN_TIMEOUT_MS), relay.stop(), counter.stop()]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    queue.close();
    await database.close();
    health.close();
    log.info("stopped");
  }
}

function policyOf(config: GatewayConfig): LeasePolicy {
  return { ...defaultBackoff, leaseMs: config.LEASE_MS, maxFailures: config.MAX_ATTEMPTS, random: Math.random };
}

async function databaseReady(database: Database, log: Logger, signal: AbortSignal): Promise<void> {
  const look = () =>
    database.run(async ({ connection }) => {
      await assertSupported(connection);
      await assertMigrated(connection);
    });
  await waitFor("MySQL", look, { log, signal, isWorthTrying: isUnavailable });
}

function healthOf(relay: Relay, isServing: boolean, config: GatewayConfig): Health {
  const { mysql = "not seen yet", redis = "not seen yet", failing, lastProgressAt } = relay.health;
  const isStuck = isServing && performance.now() - lastProgressAt > config.RELAY_INTERVAL_MS + stuckAfterMs;
  const state = isStuck ? "stuck" : failing.length > 0 ? `failing: ${failing.join(", ")}` : "ok";
  return {
    isLive: !isStuck,
    isReady: isServing && mysql === "ok",
    checks: { mysql, redis, serving: String(isServing), relay: state },
  };
}
