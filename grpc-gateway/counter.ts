import { keptCounts, refreshCounts } from "../core/db/counts.ts";
import type { Database } from "../core/db/database.ts";
import type { Logger } from "../core/telemetry/log.ts";
import { Loop } from "./loop.ts";
import type { CountMetrics } from "./metrics/count-metrics.ts";

/** Counts are at most 5 s old where they are shown: these leave time for the counting. In milliseconds. */
const maxAgeMs = 3_000;
const intervalMs = 500;

/**
 * The loop that keeps the count of all orders by status fresh. Every replica of the gateway runs one; one counts, and all
 * tell of it.
 */
export function createCounter(database: Database, log: Logger, metrics?: CountMetrics): Loop {
  return new Loop(async () => {
    await database
      .transaction(async (session) => {
        await refreshCounts(session, maxAgeMs);
        return keptCounts(session);
      })
      .then((kept) => metrics?.counted(kept))
      .catch((error: unknown) => log.debug({ err: error }, "the orders were not counted"));
    return intervalMs;
  });
}
