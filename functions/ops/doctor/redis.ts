import type { Redis } from "ioredis";
import { type RedisState, readRedisState, readRedisTime } from "../../../core/queue/diagnosis.ts";
import { type Check, check, reasonOf, type Subject, unknown } from "./check.ts";
import { checkSkew, measureSkew } from "./clock.ts";

const server: Subject = {
  name: "redis",
  expected: "Redis 6.2 or newer, or Valkey, answers",
  fix: "see that the Redis of REDIS_URL runs and can be reached from here; until then no order is worked on, and none is lost",
};
const writable: Subject = {
  name: "redis writes",
  expected: "it is a master, which takes writes",
  fix: "let REDIS_URL lead to the master, not to a replica: orders are enqueued nowhere else; REPLICAOF NO ONE makes this one the master",
};
const kept: Subject = {
  name: "redis eviction",
  expected: "noeviction, or a volatile policy: the queue does not expire",
  fix: "set maxmemory-policy to noeviction: an evicted queue is rebuilt from MySQL, which takes time",
};
const roomy: Subject = {
  name: "redis memory",
  expected: "less than 80 % of maxmemory in use",
  fix: "give Redis more memory, or start more workers: what is not enqueued for want of it is found by the relay",
};
const persistent: Subject = {
  name: "redis persistence",
  expected: "anything: nothing in it must be kept",
  fix: "",
};
const clock: Subject = {
  name: "redis clock",
  expected: "within 30 s of the functions' clock",
  fix: "let both machines take their time from one source (NTP); a stream ahead of the clock by a minute is rebuilt",
};

const rest = [writable, kept, roomy, persistent, clock];

/** Redis, or why it is away. */
export type MaybeRedis = { readonly redis: Redis } | { readonly away: string };

/** Looks at Redis itself: what it is, and how it is set up. */
export async function checkRedis(found: MaybeRedis): Promise<readonly Check[]> {
  if ("away" in found) return notThere(found.away);
  try {
    return await checkServer(found.redis);
  } catch (error) {
    return notThere(reasonOf(error));
  }
}

async function checkServer(redis: Redis): Promise<readonly Check[]> {
  const state = await readRedisState(redis);
  const skew = await measureSkew(() => readRedisTime(redis));
  return [
    check(server, isSupported(state.version) ? "ok" : "fail", `version ${state.version}`),
    check(writable, state.role === "master" ? "ok" : "fail", `its role is ${state.role}`),
    check(kept, state.evictionPolicy.startsWith("allkeys") ? "warn" : "ok", state.evictionPolicy),
    checkMemory(state),
    check(persistent, "ok", persistenceOf(state)),
    checkSkew(clock, skew, { warnMs: 30_000, failMs: 3_600_000 }),
  ];
}

function notThere(why: string): readonly Check[] {
  return [check(server, "fail", why), ...rest.map((subject) => unknown(subject, "Redis does not answer"))];
}

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 6 || (major === 6 && minor >= 2);
}

function checkMemory({ usedBytes, maxBytes }: RedisState): Check {
  const used = `${Math.ceil(usedBytes / 1_048_576)} MiB`;
  if (maxBytes === 0) return check(roomy, "ok", `${used}, no limit`);
  const share = usedBytes / maxBytes;
  return check(roomy, share >= 0.8 ? "warn" : "ok", `${used} of ${Math.ceil(maxBytes / 1_048_576)} MiB`);
}

function persistenceOf({ hasAppendOnlyFile, lastSnapshotAt }: RedisState): string {
  const snapshot = `last snapshot or start ${new Date(lastSnapshotAt * 1_000).toISOString()}`;
  return `${hasAppendOnlyFile ? "append-only file" : "no append-only file"}, ${snapshot}`;
}
