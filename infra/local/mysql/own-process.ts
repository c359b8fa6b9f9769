import { join } from "node:path";
import type { LocalConfig } from "../config.ts";
import { StartFailure } from "../failure.ts";
import { freePort } from "../ports.ts";
import type { StateDir } from "../state-dir.ts";
import { findMysql } from "./find.ts";
import { initialiseMysql, type MysqlInstance } from "./instance.ts";

/**
 * A new MySQL in the state folder that will be a process of this machine, never the one of `MYSQL_URL`.
 *
 * @param whose need it is, such as "Faults need"
 */
export async function ownProcessMysql(
  config: LocalConfig,
  state: StateDir,
  whose: string,
  report: (line: string) => void,
): Promise<MysqlInstance> {
  const program = await findMysql({ ...config, mysqlUrl: undefined }, report);
  if (program.kind === "url" || program.kind === "docker") {
    throw new StartFailure(`${whose} a MySQL that is a process of this machine: mysqld on PATH, or Debian's packages.`);
  }
  const instance = { program, folder: join(state.data, "mysql"), port: await freePort(), options: [] };
  await initialiseMysql(instance, report);
  return instance;
}
