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
  const [mysql, redis] = await Promise.all([
    startMysql({ dataDir: join(folder, "mysql"), logFile: join(folder, "mysql.log"), report }),
    startRedis({ dataDir: join(folder, "redis"), logFile: join(folder, "redis.log"), report }),
  ]);
  project.provide("mysqlUrl", mysql.url);
  project.provide("redisUrl", redis.url);
  return async () => {
    await Promise.all([mysql.stop(), redis.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
}
