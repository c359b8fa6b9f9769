import { join } from "node:path";
import type { LocalConfig } from "../config.ts";
import type { StateDir } from "../state-dir.ts";
import { stablePort } from "../steps/ports.ts";
import type { ComponentSpec } from "../supervisor/component.ts";
import { findRedis } from "./find.ts";
import { redisLaunch, redisUrl } from "./instance.ts";
import { redisInfo } from "./probe.ts";

/**
 * The system's Redis: its URL, and unless it runs elsewhere what the supervisor is to run. It gets the preferred port
 * where that is free, so that clients' settings stay valid over restarts.
 */
export async function redisComponent(
  config: LocalConfig,
  state: StateDir,
  preferredPort: number,
  report: (line: string) => void,
): Promise<{ url: string; spec: ComponentSpec | undefined }> {
  const source = await findRedis(config, report);
  if (source.kind === "url") {
    return { url: source.url, spec: undefined };
  }
  const port = await stablePort(preferredPort, config.cacheDir);
  const instance = { program: source, folder: join(state.data, "redis"), port, options: [] };
  const url = redisUrl(instance);
  const spec = {
    name: "redis",
    launch: await redisLaunch(instance),
    cwd: config.root,
    env: config.environment,
    logFile: state.log("redis"),
    ready: () => redisInfo(url),
    // Docker may first have to fetch the image.
    readyTimeoutMs: source.kind === "docker" ? 300_000 : 60_000,
    graceMs: 10_000,
  };
  return { url, spec };
}
