import { join } from "node:path";
import { whyUnsupported } from "../../../core/db/server.ts";
import type { LocalConfig } from "../config.ts";
import { messageOf, StartFailure } from "../failure.ts";
import { serverRoot } from "../packages/server-root.ts";
import { findExecutable, run } from "../process/run.ts";
import { findDocker, type Program } from "../program.ts";
import { mysqlVersion } from "./probe.ts";

/** A MySQL to use: one that runs elsewhere, or a program to run. */
export type MysqlSource = { kind: "url"; url: string } | Program;

/** Finds MySQL: `MYSQL_URL`, `mysqld` on PATH, Docker, Debian packages. Throws a StartFailure when there is no way. */
export async function findMysql(config: LocalConfig, report: (line: string) => void): Promise<MysqlSource> {
  if (config.mysqlUrl !== undefined) {
    await checkMysqlUrl(config.mysqlUrl);
    return { kind: "url", url: config.mysqlUrl };
  }
  const binary = await mysqldOnPath(config.searchPath, report);
  if (binary !== undefined) {
    return { kind: "binary", path: binary };
  }
  const docker = await findDocker(await findExecutable("docker", config.searchPath));
  if (docker !== undefined) {
    return { kind: "docker", docker, image: config.mysqlImage, entrypoint: "mysqld" };
  }
  const root = await serverRoot(config.cacheDir, report);
  if (root !== undefined) {
    return { kind: "packages", root, path: "usr/sbin/mysqld" };
  }
  throw new StartFailure(
    "No MySQL found. Any of these will do:\n" +
      "  set MYSQL_URL=mysql://user:password@host:port/database of a MySQL 8.0.21 or later\n" +
      "  install MySQL so that mysqld is on PATH (MariaDB will not do)\n" +
      "  start Docker\n" +
      "  use Debian with apt-get, where it is downloaded without touching the system",
  );
}

/** Throws a StartFailure unless a supported MySQL answers at the URL. */
export async function checkMysqlUrl(url: string): Promise<void> {
  const host = new URL(url).host;
  let version: string;
  try {
    version = await mysqlVersion(url, 5_000);
  } catch (error) {
    throw new StartFailure(`MYSQL_URL: no MySQL answers at ${host}: ${messageOf(error)}`);
  }
  const objection = whyUnsupported(version);
  if (objection !== undefined) {
    throw new StartFailure(`MYSQL_URL: the server at ${host} is not supported: ${objection}`);
  }
}

/** The first supported `mysqld` in these folders or where packages put it; the others are reported and passed over. */
export async function mysqldOnPath(searchPath: string[], report: (line: string) => void): Promise<string | undefined> {
  for (const folder of new Set([...searchPath, "/usr/sbin", "/usr/local/sbin"])) {
    const path = await findExecutable("mysqld", [folder]);
    if (path === undefined) {
      continue;
    }
    const { stdout, stderr } = await run(path, ["--no-defaults", "--version"], { timeoutMs: 10_000 });
    const objection = whyUnsupported(versionOf(stdout || stderr));
    if (objection === undefined) {
      return path;
    }
    report(`${join(folder, "mysqld")} is passed over: ${objection}`);
  }
  return undefined;
}

/** The version in what `mysqld --version` prints, as `SELECT VERSION()` would answer it. */
export function versionOf(printed: string): string {
  return /\bVer (\S+)/.exec(printed)?.[1] ?? printed.trim();
}
