import { join } from "node:path";
import type { LocalConfig } from "../config.ts";
import type { StateDir } from "../state-dir.ts";
import { stablePort } from "../steps/ports.ts";
import type { ComponentSpec } from "../supervisor/component.ts";
import { findMysql } from "./find.ts";
import { initialiseMysql, mysqlLaunch, mysqlUrls } from "./instance.ts";
import { mysqlVersion } from "./probe.ts";
import type { MysqlUrls } from "./urls.ts";

/**
 * The system's MySQL: its URLs, and unless it runs elsewhere what the supervisor is to run. It gets the preferred port
 * where that is free, so that clients' settings stay valid over restarts.
 */
export async function mysqlComponent(
  config: LocalConfig,
  state: StateDir,
  preferredPort: number,
  report: (line: string) => void,
): Promise<{ urls: MysqlUrls; spec: ComponentSpec | undefined }> {
  const source = await findMysql(config, report);
  if (source.kind === "url") {
    const { mysqlHandlersUrl: handlers, mysqlGatewayUrl: gateway } = config;
    return { urls: { owner: source.url, handlers, gateway }, spec: undefined };
  }
  const port = await stablePort(preferredPort, config.cacheDir);
  const instance = { program: source, folder: join(state.data, "mysql"), port, options: [] };
  await initialiseMysql(instance, report);
  const urls = await mysqlUrls(instance);
  const spec = {
    name: "mysql",
    launch: await mysqlLaunch(instance),
    cwd: config.root,
    env: config.environment,
    logFile: state.log("mysql"),
    ready: () => mysqlVersion(urls.owner),
    // A large redo log takes a while to be applied after a crash; Docker may first have to fetch the image.
    readyTimeoutMs: source.kind === "docker" ? 300_000 : 120_000,
    graceMs: 30_000,
  };
  return { urls, spec };
}
