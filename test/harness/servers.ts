import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startMysql } from "../../infra/local/mysql/start.ts";
import { startRedis } from "../../infra/local/redis/start.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A MySQL whose user may create databases named `orders…`. */
    mysqlUrl: string;
    /** A Redis with 256 logical databases. */
    redisUrl: string;
  }
}

/** One MySQL and one Redis for all tests of a run; each test takes databases of its own in them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "orders-test-"));
  const report = (line: string) => process.stderr.write(`${line}\n`);
  const starting = [
    startMysql({ dataDir: join(folder, "mysql"), logFile: join(folder, "mysql.log"), report }),
    startRedis({ dataDir: join(folder, "redis"), logFile: join(folder, "redis.log"), report }),
  ] as const;
  const stop = async () => {
    for (const started of await Promise.allSettled(starting)) {
      if (started.status === "fulfilled") await started.value.stop();
    }
    await rm(folder, { recursive: true, force: true });
  };
  const [mysql, redis] = await Promise.all(starting).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  project.provide("mysqlUrl", mysql.url);
  project.provide("redisUrl", redis.url);
  return stop;
}
