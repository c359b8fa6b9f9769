import { resolve } from "node:path";
import { type LocalConfig, readLocalConfig } from "../config.ts";
import { freePort } from "../ports.ts";
import { type Server, startServer } from "../server.ts";
import { findRedis, type RedisSource } from "./find.ts";
import { redisLaunch, redisUrl } from "./instance.ts";
import { redisInfo } from "./probe.ts";

/**
 * Provides a real Redis for tests and benchmarks: the one of `REDIS_URL`, or one started for the caller, who must stop
 * it. One that is started has 256 databases and keeps nothing over a restart.
 */
export async function startRedis(options: {
  /** Its working folder. */
  dataDir: string;
  logFile: string;
  /** Free by default. */
  port?: number;
  /** Further options for redis-server, as words. */
  options?: string[];
  /** Found by default. */
  source?: RedisSource;
  config?: LocalConfig;
  report?: (line: string) => void;
}): Promise<Server> {
  const source = options.source ?? (await findRedis(options.config ?? readLocalConfig(), options.report ?? (() => {})));
  if (source.kind === "url") {
    return { url: source.url, pid: undefined, logFile: undefined, stop: async () => {} };
  }
  const port = options.port ?? (await freePort());
  const instance = { program: source, folder: resolve(options.dataDir), port, options: options.options ?? [] };
  const url = redisUrl(instance);
  return startServer(await redisLaunch(instance), {
    name: "redis",
    url,
    logFile: options.logFile,
    ready: () => redisInfo(url),
    graceMs: 10_000,
  });
}
