import type { Redis } from "ioredis";
import { currentCounts, oldestPendingAgeMs } from "../core/db/counts.ts";
import type { Session } from "../core/db/database.ts";
import { readDepth } from "../core/queue/group.ts";
import { deadStream } from "../core/queue/keys.ts";
import { embeddedMetrics, type Metric } from "./ops/embedded-metrics.ts";
import { type Services, withServices } from "./ops/services.ts";

/** A count of this age is as good as a new one for a metric of one minute. In milliseconds. */
const maxAgeMs = 5_000;

/** How long MySQL may take, in milliseconds. */
const databaseTimeoutMs = 4_000;

/**
 * Every minute: writes what alarms watch as CloudWatch metrics. Without Redis the queue's are left out rather than
 * zero; without MySQL the function fails, and the alarms take missing data for a breach.
 */
export async function handler(): Promise<void> {
  const metrics = await withServices(
    { component: "report-metrics", urlOf: ({ MYSQL_URL }) => MYSQL_URL, databaseTimeoutMs },
    async ({ config, ...services }) => {
      const [stored, queued] = await Promise.all([
        services.database.run(storedMetrics),
        queueMetrics(services).catch((error: unknown) => {
          services.log.warn({ err: error }, "Redis is away: the queue's metrics are left out");
          return [];
        }),
      ]);
      return embeddedMetrics({ stage: config.STAGE, at: Date.now(), metrics: [...stored, ...queued] });
    },
  );
  process.stdout.write(`${JSON.stringify(metrics)}\n`);
}

async function storedMetrics(session: Session): Promise<readonly Metric[]> {
  const { counts } = await currentCounts(session, maxAgeMs);
  return [
    { name: "OldestPendingAge", unit: "Milliseconds", value: await oldestPendingAgeMs(session) },
    { name: "PendingOrders", unit: "Count", value: counts.pending },
    { name: "FailedOrders", unit: "Count", value: counts.failed },
  ];
}

async function queueMetrics(services: Pick<Services, "redis">): Promise<readonly Metric[]> {
  const redis: Redis = await services.redis();
  const [depth, dead] = await Promise.all([readDepth(redis), redis.xlen(deadStream)]);
  return [
    { name: "QueueDepth", unit: "Count", value: depth },
    { name: "DeadEntries", unit: "Count", value: dead },
  ];
}
