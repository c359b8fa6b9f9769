import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Where things lie in the state folder. */
export interface StateDir {
  data: string;
  logs: string;
  run: string;
  bin: string;
  /** Node's module compile cache. */
  compileCache: string;
  /** The bundled Lambda handlers. */
  bundles: string;
  /** The lock of the supervisor that uses the folder. */
  lock: string;
  /** The settings in use, as env lines. */
  envFile: string;
  /** The log of a component. */
  log(component: string): string;
}

/** The layout of a state folder; creates its folders. Only its owner can read them: they hold passwords and data. */
export function openStateDir(folder: string): StateDir {
  const inside = (name: string): string => join(folder, name);
  for (const name of ["", "data", "logs", "run", "bin"]) {
    mkdirSync(inside(name), { recursive: true, mode: 0o700 });
  }
  return {
    data: inside("data"),
    logs: inside("logs"),
    run: inside("run"),
    bin: inside("bin"),
    compileCache: inside("cache"),
    bundles: inside("bundles"),
    lock: inside("run/supervisor.lock"),
    envFile: inside("run/env"),
    log: (component) => join(inside("logs"), `${component}.log`),
  };
}
