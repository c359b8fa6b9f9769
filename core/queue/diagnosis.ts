import type { Redis } from "ioredis";
import type { QueueSight } from "../domain/situation.ts";
import { depthOf, type GroupState, readGroup } from "./group.ts";
import { deadStream, queueStream } from "./keys.ts";
import { readWorkers } from "./workers.ts";

/** What a Redis server is and how it is set up. */
export interface RedisState {
  readonly version: string;
  /** `master`, or `slave`, which takes no writes. */
  readonly role: string;
  readonly evictionPolicy: string;
  readonly usedBytes: number;
  /** 0 is no limit. */
  readonly maxBytes: number;
  /** Whether an append-only file is written. */
  readonly hasAppendOnlyFile: boolean;
  /** When a snapshot was last saved, or the server started, in seconds since the Unix epoch. */
  readonly lastSnapshotAt: number;
}

/** Reads a server's settings from INFO alone: managed caches forbid CONFIG. */
export async function readRedisState(redis: Redis): Promise<RedisState> {
  const info = infoFields(await redis.info());
  return {
    version: info.get("valkey_version") ?? info.get("redis_version") ?? "",
    role: info.get("role") ?? "unknown",
    evictionPolicy: info.get("maxmemory_policy") ?? "unknown",
    usedBytes: Number(info.get("used_memory")),
    maxBytes: Number(info.get("maxmemory") ?? 0),
    hasAppendOnlyFile: info.get("aof_enabled") === "1",
    lastSnapshotAt: Number(info.get("rdb_last_save_time") ?? 0),
  };
}

/** Redis' clock, in milliseconds since the Unix epoch. */
export async function readRedisTime(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}

/** The queue as its users see it. */
export interface QueueUse extends QueueSight {
  readonly hasGroup: boolean;
  readonly deadEntries: number;
}

export async function readQueueUse(redis: Redis): Promise<QueueUse> {
  const [group, deadEntries] = await Promise.all([readGroup(redis), redis.xlen(deadStream)]);
  return { ...(await sightOf(redis, group)), hasGroup: group !== undefined, deadEntries };
}

/** How many wait, for how long, and who reads. */
export async function readQueueSight(redis: Redis): Promise<QueueSight> {
  return sightOf(redis, await readGroup(redis));
}

async function sightOf(redis: Redis, group: GroupState | undefined): Promise<QueueSight> {
  const from = group === undefined ? "-" : `(${group.lastDeliveredId}`;
  const [[first], depth, nowMs, workers] = await Promise.all([
    redis.xrange(queueStream, from, "+", "COUNT", 1),
    depthOf(redis, group),
    readRedisTime(redis),
    readWorkers(redis),
  ]);
  const oldestAgeMs = first === undefined ? 0 : Math.max(0, nowMs - Number(first[0].split("-", 1)[0]));
  return { depth, oldestAgeMs, workers };
}

function infoFields(info: string): ReadonlyMap<string, string> {
  const lines = info.split("\r\n").filter((line) => line.includes(":") && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}
