import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type RunningPart, withoutPassword } from "./console/table.ts";
import type { StateDir } from "./state-dir.ts";

/** What runs where, by the settings in use and the pid files; `front` is what takes the requests. */
export function runningParts(
  state: StateDir,
  settings: Readonly<Record<string, string>>,
  front: { component: string; where: string },
): RunningPart[] {
  const part = (component: string, where: string): RunningPart => {
    const pidFile = join(state.run, `${component}.pid`);
    if (!existsSync(pidFile)) return { component, where, pid: undefined, log: undefined };
    const log = relative(process.cwd(), state.log(component));
    return { component, where, pid: Number(readFileSync(pidFile, "utf8")), log };
  };
  return [
    part("mysql", withoutPassword(settings.MYSQL_URL ?? "")),
    part("redis", withoutPassword(settings.REDIS_URL ?? "")),
    part("gateway", `127.0.0.1:${settings.PORT_GRPC} (gRPC)`),
    part("worker", `http://127.0.0.1:${settings.PORT_WORKER_METRICS}/readyz`),
    part(front.component, front.where),
  ];
}
