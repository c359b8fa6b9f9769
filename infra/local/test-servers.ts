import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalConfig } from "./config.ts";
import { startMysql } from "./mysql/start.ts";
import { atEnd } from "./process/at-end.ts";
import { startRedis } from "./redis/start.ts";

/** The servers of a test run; each test takes databases of its own in them. */
export interface TestServers {
  /** A MySQL whose user may create databases named `orders…`, and users with privileges on them. */
  mysqlUrl: string;
  /** A Redis with 256 logical databases, which the tests may empty. */
  redisUrl: string;
  /** The run's temporary folder. */
  folder: string;
  /** Ends both and removes the folder. */
  stop(): Promise<void>;
}

/**
 * Provides one MySQL and one Redis for all tests of a run. MySQL is the one of `MYSQL_URL` when that is set: the tests
 * touch only databases that they create. Redis is never a given one: its data would be lost.
 */
export async function startTestServers(config: LocalConfig, report: (line: string) => void): Promise<TestServers> {
  const folder = await mkdtemp(join(tmpdir(), "orders-test-"));
  // A server that was killed a moment ago may still be writing.
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  const forgetFolder = atEnd(removeFolder);
  const starting = [
    startMysql({ dataDir: join(folder, "mysql"), logFile: join(folder, "mysql.log"), config, report }),
    startRedis({ dataDir: join(folder, "redis"), logFile: join(folder, "redis.log"), config, report }),
  ] as const;
  const stop = async () => {
    for (const started of await Promise.allSettled(starting)) {
      if (started.status === "fulfilled") await started.value.stop();
    }
    removeFolder();
    forgetFolder();
  };
  const [mysql, redis] = await Promise.all(starting).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { mysqlUrl: mysql.url, redisUrl: redis.url, folder, stop };
}
