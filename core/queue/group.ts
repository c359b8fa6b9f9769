import type { Redis } from "ioredis";
import { queueStream, workerGroup } from "./keys.ts";

/** How far the workers' consumer group has read. */
export interface GroupState {
  readonly lastDeliveredId: string;
  /** Entries that wait to be delivered; null where Redis cannot tell. */
  readonly lag: number | null;
  /** Workers that have read, and were not removed since. */
  readonly consumers: number;
}

/** The state of the workers' group; undefined where the stream or the group is missing. */
export async function readGroup(redis: Redis): Promise<GroupState | undefined> {
  const groups = (await redis.xinfo("GROUPS", queueStream).catch((error: unknown) => {
    if (error instanceof Error && error.message.includes("no such key")) return [];
    throw error;
  })) as unknown[][];
  const group = groups.map(fieldsOf).find((fields) => fields.get("name") === workerGroup);
  if (group === undefined) return undefined;
  const lag = group.get("lag");
  return {
    lastDeliveredId: String(group.get("last-delivered-id")),
    lag: lag == null ? null : Number(lag),
    consumers: Number(group.get("consumers")),
  };
}

/** How many entries wait to be delivered. */
export async function readDepth(redis: Redis): Promise<number> {
  return depthOf(redis, await readGroup(redis));
}

/** How many entries wait to be delivered, by the state of the group as it was read. */
export async function depthOf(redis: Redis, group: GroupState | undefined): Promise<number> {
  // Without a group nothing was delivered; and where Redis lost count, what is not trimmed is the best answer.
  return group?.lag ?? (await redis.xlen(queueStream));
}

/** XINFO answers with a flat list of names and values. */
export function fieldsOf(flat: unknown[]): ReadonlyMap<string, unknown> {
  const fields = new Map<string, unknown>();
  for (let index = 0; index < flat.length; index += 2) fields.set(String(flat[index]), flat[index + 1]);
  return fields;
}
