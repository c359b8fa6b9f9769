import type { Redis } from "ioredis";
import type { WorkerSeen } from "../domain/situation.ts";
import { fieldsOf } from "./group.ts";
import { queueStream, workerGroup } from "./keys.ts";

/** The consumers of the workers' group, by name; none where the stream or the group is missing. */
export async function readWorkers(redis: Redis): Promise<readonly WorkerSeen[]> {
  const consumers = (await redis.xinfo("CONSUMERS", queueStream, workerGroup).catch((error: unknown) => {
    if (error instanceof Error && /no such key|^NOGROUP/i.test(error.message)) return [];
    throw error;
  })) as unknown[][];
  const workers = consumers.map(fieldsOf).map((fields) => ({
    id: String(fields.get("name")),
    lastSeenAgoMs: Number(fields.get("idle")),
  }));
  return workers.sort((one, other) => (one.id < other.id ? -1 : 1));
}
