import type { Redis } from "ioredis";
import type { WorkerSeen } from "../domain/situation.ts";
import { fieldsOf } from "./group.ts";
import { queueStream, workerGroup } from "./keys.ts";

/** The consumers of the workers' group, by name; none where the stream or the group is missing. */
export async function readWorkers(redis: Redis): Promise<readonly WorkerSeen[]> {
  const workers = await readConsumers(redis).catch((error: unknown) => {
    if (error instanceof Error && /no such key|^NOGROUP/i.test(error.message)) return [];
    throw error;
  });
  return workers.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

/**
 * The consumers of the workers' group.
 *
 * @throws the stream or the group is missing
 */
export async function readConsumers(redis: Redis): Promise<readonly WorkerSeen[]> {
  const consumers = (await redis.xinfo("CONSUMERS", queueStream, workerGroup)) as unknown[][];
  return consumers.map(fieldsOf).map((fields) => ({
    id: String(fields.get("name")),
    lastSeenAgoMs: Number(fields.get("idle")),
  }));
}
