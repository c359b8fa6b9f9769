import { Redis } from "ioredis";
import { afterAll, beforeAll, inject } from "vitest";

/** A logical database of one test file: empty before its tests and after them. */
export interface TestRedis {
  /** Valid within tests and hooks, after this file's first hooks. */
  readonly url: string;
  readonly redis: Redis;
}

/** Database 0 counts which of the others were handed out; the tests of the worker take theirs from the upper half. */
const logicalDatabases = 127;

/** Gives the test file an empty Redis database of its own. */
export function useRedis(): TestRedis {
  const server = inject("redisUrl");
  const used = {} as { url: string; redis: Redis };
  beforeAll(async () => {
    const counter = new Redis(server);
    const number = 1 + ((await counter.incr("orders-test:databases")) % logicalDatabases);
    counter.disconnect();
    const url = new URL(server);
    url.pathname = `/${number}`;
    used.url = url.href;
    used.redis = new Redis(url.href);
    await used.redis.flushdb();
  });
  afterAll(async () => {
    await used.redis.flushdb();
    used.redis.disconnect();
  });
  return used;
}
