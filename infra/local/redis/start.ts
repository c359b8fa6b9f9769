import { resolve } from "node:path";
import { type LocalConfig, readLocalConfig } from "../config.ts";
import { freePort } from "../ports.ts";
import { type Server, startServer } from "../server.ts";
import { findRedisProgram } from "./find.ts";
import { redisLaunch, redisUrl } from "./instance.ts";
import { redisInfo } from "./probe.ts";

/**
 * Provides a real Redis for tests and benchmarks, started for the caller, who must stop it: never the one of `REDIS_URL`,
 * whose data may be needed. It has 256 databases and keeps nothing over a restart.
 */
export async function startRedis(options: {
  /** Its working folder. */
  dataDir: string;
  logFile: string;
  /** Free by default. */
  port?: number;
  /** Further options for redis-server, as words. */
  options?: string[];
  config?: LocalConfig;
  report?: (line: string) => void;
}): Promise<Server> {
  const program = await findRedisProgram(options.config ?? readLocalConfig(), options.report ?? (() => {}));
  const port = options.port ?? (await freePort());
  const instance = { program, folder: resolve(options.dataDir), port, options: options.options ?? [] };
  const url = redisUrl(instance);
  return startServer(await redisLaunch(instance), {
    name: "redis",
    url,
    logFile: options.logFile,
    ready: () => redisInfo(url),
    graceMs: 10_000,
  });
}
