import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startRedis } from "../../../infra/local/redis/start.ts";
import type { Server } from "../../../infra/local/server.ts";
import { checkRedis } from "./redis.ts";

// A server of its own: what is changed here would change all other tests.
const used = {} as { server: Server; folder: string; redis: Redis };
beforeAll(async () => {
  used.folder = await mkdtemp(join(tmpdir(), "orders-doctor-"));
  used.server = await startRedis({ dataDir: used.folder, logFile: join(used.folder, "redis.log") });
  used.redis = new Redis(used.server.url);
});
afterAll(async () => {
  used.redis.disconnect();
  await used.server?.stop();
  await rm(used.folder, { recursive: true, force: true });
});

const look = async (name: string) => (await checkRedis({ redis: used.redis })).find((check) => check.name === name);

it("a replica fails, until it is the master again", async () => {
  await used.redis.replicaof("127.0.0.1", "1");
  expect(await look("redis writes")).toMatchObject({
    ...{ status: "fail", found: "its role is slave" },
    fix: expect.stringContaining("REPLICAOF NO ONE"),
  });
  await used.redis.replicaof("NO", "ONE");
  expect(await look("redis writes")).toMatchObject({ status: "ok", found: "its role is master" });
});

it("a policy that evicts the queue is told of, until there is none", async () => {
  await used.redis.config("SET", "maxmemory-policy", "allkeys-lru");
  expect(await look("redis eviction")).toMatchObject({
    ...{ status: "warn", found: "allkeys-lru" },
    fix: expect.stringContaining("set maxmemory-policy to noeviction"),
  });
  await used.redis.config("SET", "maxmemory-policy", "noeviction");
  expect(await look("redis eviction")).toMatchObject({ status: "ok" });
});

it("memory that runs out is told of, until there is more", async () => {
  await used.redis.config("SET", "maxmemory", "1000000");
  expect(await look("redis memory")).toMatchObject({ status: "warn", found: expect.stringMatching(/ of 1 MiB$/) });
  await used.redis.config("SET", "maxmemory", "0");
  expect(await look("redis memory")).toMatchObject({ status: "ok", found: expect.stringMatching(/, no limit$/) });
});
