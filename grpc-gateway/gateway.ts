import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { GatewayConfig } from "../core/config/gateway.ts";
import { Database, forBatches, type RetryReason } from "../core/db/database.ts";
import { isUnavailable } from "../core/db/errors.ts";
import { assertMigrated, assertSupported } from "../core/db/server.ts";
import { defaultBackoff } from "../core/domain/retry.ts";
import type { LeasePolicy } from "../core/domain/status-update.ts";
import { waitFor } from "../core/process/wait.ts";
import { Queue } from "../core/queue/queue.ts";
import type { Logger } from "../core/telemetry/log.ts";
import { startTraces } from "../core/telemetry/traces.ts";
import { AwakeClock } from "./awake-clock.ts";
import { CallWatch } from "./call-watch.ts";
import { createCounter } from "./counter.ts";
import { FreshLook, writeAnew } from "./fresh-look.ts";
import { portOf, serveHealth } from "./health-endpoint.ts";
import { describeNeeds, describeSpans } from "./metrics/process-metrics.ts";
import { GatewayMetrics } from "./metrics.ts";
import { Relay } from "./relay.ts";
import { describeSecurity, securityOf } from "./security.ts";
import { GatewayServer } from "./server.ts";
import { GatewayTraces } from "./traces.ts";
import { isStuck, judge } from "./verdict.ts";

/** How long one transaction may take, in milliseconds: less than a worker waits for its answer. */
const databaseTimeoutMs = 4_000;

/** How long one call to Redis may take, in milliseconds. */
const redisTimeoutMs = 2_000;

/** How long a stop waits for the collector of traces, in milliseconds. */
const lastSpansMs = 1_000;

/** Runs the gateway until the signal is aborted; then ends what is under way and returns. */
export async function runGateway(config: GatewayConfig, log: Logger, signal: AbortSignal): Promise<void> {
  const metrics = new GatewayMetrics();
  const spans = await startTraces(config, "orders-gateway", log);
  const traces = spans && new GatewayTraces(spans);
  const onRetry = (reason: RetryReason) => metrics.retriedInMysql(reason);
  const mysql = { url: config.MYSQL_URL, timeoutMs: databaseTimeoutMs, onRetry, ...forBatches };
  const database = new Database({ ...mysql, connections: config.MYSQL_CONNECTIONS });
  const queue = new Queue(config.REDIS_URL, redisTimeoutMs);
  const policy = policyOf(config);
  const clock = new AwakeClock();
  const awakeNow = () => clock.now();
  const calls = new CallWatch(awakeNow);
  let isServing = false;
  const security = securityOf(config);
  const server = new GatewayServer({ database, queue, policy, log, calls, metrics, traces }, security);
  const relay = new Relay({
    database,
    queue,
    policy,
    log: log.child({ part: "relay" }),
    intervalMs: config.RELAY_INTERVAL_MS,
    graceMs: config.QUEUE_GRACE_MS,
    onMysql: (isThere) => server.setServing(isServing && isThere),
    ...{ awakeNow, metrics, traces },
  });
  describeNeeds(metrics.registry, () => relay.health);
  if (spans !== undefined) describeSpans(metrics.registry, spans);
  const freshLook = new FreshLook({
    isStuck: () => isStuck({ relay: relay.health, callsStalledMs: calls.stalledMs }),
    tryAnew: () => writeAnew(mysql),
    now: awakeNow,
  });

  const counter = createCounter(database, log, metrics.counts);

  clock.start();
  const look = () =>
    judge({
      ...{ isServing, relay: relay.health, callsStalledMs: calls.stalledMs, brokenMs: freshLook.brokenMs },
      relayIdleMs: clock.now() - relay.health.lastProgressAt,
      relayIntervalMs: config.RELAY_INTERVAL_MS,
    });
  const health = await serveHealth(config.LISTEN_HOST, config.PORT_GATEWAY_METRICS, look, metrics);
  try {
    await databaseReady(database, log, signal);
    const host = isIPv6(config.LISTEN_HOST) ? `[${config.LISTEN_HOST}]` : config.LISTEN_HOST;
    const port = await server.listen(`${host}:${config.PORT_GRPC}`);
    isServing = true;
    relay.start();
    counter.start();
    freshLook.start();
    const at = { grpc: `${host}:${port}`, health: `${host}:${portOf(health)}` };
    log.info({ ...at, ...describeSecurity(security) }, "serving");
    if (!signal.aborted) await once(signal, "abort");
    isServing = false;
    await Promise.all([server.stop(config.DRAIN_TIMEOUT_MS), relay.stop(), counter.stop(), freshLook.stop()]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    queue.close();
    await database.close();
    await spans?.flush(lastSpansMs);
    health.close();
    clock.stop();
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
