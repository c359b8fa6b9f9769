import { resolve } from "node:path";
import { type LocalConfig, readLocalConfig } from "../config.ts";
import { freePort } from "../ports.ts";
import { type Server, startServer } from "../server.ts";
import { findMysql } from "./find.ts";
import { initialiseMysql, mysqlLaunch, mysqlUrl } from "./instance.ts";
import { mysqlVersion } from "./probe.ts";

/**
 * Provides a real MySQL for tests and benchmarks: the one of `MYSQL_URL`, or one started for the caller, who must stop
 * it. Its user may create databases whose name begins with `orders`, and users with privileges on them.
 */
export async function startMysql(options: {
  /** Keeps everything of this server; the same folder later gives the same data. */
  dataDir: string;
  logFile: string;
  /** Free by default. */
  port?: number;
  /** Further options for mysqld, `--name=value`. */
  options?: string[];
  config?: LocalConfig;
  report?: (line: string) => void;
}): Promise<Server> {
  const report = options.report ?? (() => {});
  const source = await findMysql(options.config ?? readLocalConfig(), report);
  if (source.kind === "url") {
    return { url: source.url, pid: undefined, logFile: undefined, stop: async () => {} };
  }
  const port = options.port ?? (await freePort());
  const instance = { program: source, folder: resolve(options.dataDir), port, options: options.options ?? [] };
  await initialiseMysql(instance, report);
  const url = await mysqlUrl(instance);
  return startServer(await mysqlLaunch(instance), {
    name: "mysql",
    url,
    logFile: options.logFile,
    ready: () => mysqlVersion(url),
    graceMs: 30_000,
  });
}
