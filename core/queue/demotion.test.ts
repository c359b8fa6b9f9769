import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startRedis } from "../../infra/local/redis/start.ts";
import type { Server } from "../../infra/local/server.ts";
import { connected, connectRedis } from "./connection.ts";

// A server of its own: to demote the one of all tests would fail the others.
const used = {} as { server: Server; folder: string };
beforeAll(async () => {
  used.folder = await mkdtemp(join(tmpdir(), "orders-demotion-"));
  used.server = await startRedis({ dataDir: used.folder, logFile: join(used.folder, "redis.log") });
});
afterAll(async () => {
  await used.server?.stop();
  await rm(used.folder, { recursive: true, force: true });
});

it("connects anew when it finds that its Redis was demoted", async () => {
  const redis = connectRedis(used.server.url, 2_000);
  try {
    await connected(redis, 5_000);
    const before = await redis.client("ID");
    await redis.replicaof("127.0.0.1", "1");
    await expect(redis.xadd("stream", "*", "field", "value")).rejects.toThrow("READONLY");
    await expect.poll(() => redis.client("ID").catch(() => before), { timeout: 5_000 }).not.toBe(before);
  } finally {
    redis.disconnect();
  }
});
