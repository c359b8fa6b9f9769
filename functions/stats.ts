import { currentCounts, oldestPendingAgeMs } from "../core/db/counts.ts";
import type { Session } from "../core/db/database.ts";
import { newestLatencies } from "../core/db/latencies.ts";
import { latencyOf } from "../core/domain/latency.ts";
import { httpFunction } from "./http/stack.ts";
import { noQuery } from "./http/validate.ts";
import { database, doorbell } from "./runtime.ts";

/** An older count is not told: nobody keeps it fresh, so it is made anew. In milliseconds. */
const maxAgeMs = 5_000;

/** `GET /stats`: how many orders there are in each status, how long the queue is, who reads it, and how fast it goes. */
export const handler = httpFunction(async (event) => {
  noQuery(event);
  const [stored, queue] = await Promise.all([database.run(readStored), doorbell.queueUse()]);
  return { status: 200, body: { ...stored, queueDepth: queue?.depth ?? null, workers: queue?.workers ?? [] } };
});

async function readStored(session: Session) {
  const { counts, asOf } = await currentCounts(session, maxAgeMs);
  const oldest = await oldestPendingAgeMs(session);
  const latencyMs = latencyOf(await newestLatencies(session));
  return {
    ...{ counts, asOf: asOf.toISOString(), oldestPendingAgeMs: oldest },
    ...(latencyMs !== undefined && { latencyMs }),
  };
}
