import { refreshCounts } from "../core/db/counts.ts";
import type { Database } from "../core/db/database.ts";
import type { Logger } from "../core/telemetry/log.ts";
import { Loop } from "./loop.ts";

/** Counts are at most 5 s old where they are shown: these leave time for the counting. In milliseconds. */
const maxAgeMs = 3_000;
const intervalMs = 500;

/** The loop that keeps the count of all orders by status fresh. Every replica of the gateway runs one; one counts. */
export function createCounter(database: Database, log: Logger): Loop {
  return new Loop(async () => {
    await database
      .transaction((session) => refreshCounts(session, maxAgeMs))
      .catch((error: unknown) => log.debug({ err: error }, "the orders were not counted"));
    return intervalMs;
  });
}
