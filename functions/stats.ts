import { currentCounts, oldestPendingAgeMs } from "../core/db/counts.ts";
import type { Session } from "../core/db/database.ts";
import { httpFunction } from "./http/stack.ts";
import { noQuery } from "./http/validate.ts";
import { database, doorbell } from "./runtime.ts";

/** An older count is not told: nobody keeps it fresh, so it is made anew. In milliseconds. */
const maxAgeMs = 5_000;

/** `GET /stats`: how many orders there are in each status, and how long the queue is. */
export const handler = httpFunction(async (event) => {
  noQuery(event);
  const [stored, queueDepth] = await Promise.all([database.run(readStored), doorbell.queueDepth()]);
  return { status: 200, body: { ...stored, queueDepth } };
});

async function readStored(session: Session) {
  const { counts, asOf } = await currentCounts(session, maxAgeMs);
  return { counts, asOf: asOf.toISOString(), oldestPendingAgeMs: await oldestPendingAgeMs(session) };
}
