import type { Redis } from "ioredis";
import { fieldsOf, readDepth, readGroup } from "./group.ts";
import { deadStream, queueStream, workerGroup } from "./keys.ts";

/** What a Redis server is and how it is set up. */
export interface RedisState {
  readonly version: string;
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
export interface QueueUse {
  readonly hasGroup: boolean;
  /** Consumers of the workers' group that have asked lately. */
  readonly workers: number;
  readonly depth: number;
  /** How long the first entry that was not delivered has waited, in milliseconds; 0 when there is none. */
  readonly oldestAgeMs: number;
  readonly deadEntries: number;
}

/** @param awayMs consumers that did not ask for this long are gone, in milliseconds */
export async function readQueueUse(redis: Redis, awayMs: number): Promise<QueueUse> {
  const group = await readGroup(redis);
  const from = group === undefined ? "-" : `(${group.lastDeliveredId}`;
  const [[first], depth, deadEntries, nowMs] = await Promise.all([
    redis.xrange(queueStream, from, "+", "COUNT", 1),
    readDepth(redis),
    redis.xlen(deadStream),
    readRedisTime(redis),
  ]);
  return {
    hasGroup: group !== undefined,
    workers: group === undefined ? 0 : await countWorkers(redis, awayMs),
    depth,
    oldestAgeMs: first === undefined ? 0 : Math.max(0, nowMs - Number(first[0].split("-", 1)[0])),
    deadEntries,
  };
}

async function countWorkers(redis: Redis, awayMs: number): Promise<number> {
  const consumers = (await redis.xinfo("CONSUMERS", queueStream, workerGroup)) as unknown[][];
  return consumers.filter((consumer) => Number(fieldsOf(consumer).get("idle")) < awayMs).length;
}

function infoFields(info: string): ReadonlyMap<string, string> {
  const lines = info.split("\r\n").filter((line) => line.includes(":") && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}
