import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionOptions } from "mysql2";
import { StartFailure } from "../failure.ts";
import { lastLines, run } from "../process/run.ts";
import { bindAddress, type Launch, launch, type Program } from "../program.ts";
import type { MysqlUrls } from "./urls.ts";

/** One MySQL server of our own: its folder, its port, its credentials. */
export interface MysqlInstance {
  program: Program;
  /** Holds the data files, the credentials and the init file. */
  folder: string;
  /** TCP port on 127.0.0.1. */
  port: number;
  /** Further options for mysqld, `--name=value`. */
  options: string[];
}

interface Credentials {
  user: string;
  password: string;
  rootPassword: string;
  handlersPassword: string;
  gatewayPassword: string;
}

/** Creates the data files when there are none yet. An interrupted creation never counts: it ends with a rename. */
export async function initialiseMysql(instance: MysqlInstance, report: (line: string) => void): Promise<void> {
  const { program, folder } = instance;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (existsSync(dataFiles(folder))) {
    return;
  }
  report("creating MySQL's data files");
  await removeUnfinished(folder);
  const unfinished = await mkdtemp(join(folder, unfinishedPrefix));
  const args = [...baseOptions(program), `--datadir=${unfinished}`, "--initialize-insecure"];
  const creation = launch(program, args, { name: `${containerName(folder)}-creation`, folder });
  await creation.clear?.();
  const { code, stdout, stderr } = await run(creation.command, creation.args, { timeoutMs: 600_000 });
  if (code !== 0) {
    throw new StartFailure(`MySQL could not create its data files in ${folder}:\n${lastLines(stdout + stderr, 15)}`);
  }
  await rename(unfinished, dataFiles(folder));
}

const unfinishedPrefix = "files.unfinished-";

/** A creation that outlived its supervisor may still be writing there: what cannot be removed now is left for later. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(unfinishedPrefix)) {
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
    }
  }
}

/** How to run the server. Writes the init file, which sets its users at each start, before any client is let in. */
export async function mysqlLaunch(instance: MysqlInstance): Promise<Launch> {
  const { program, folder, port, options } = instance;
  const initFile = join(folder, "init.sql");
  await writeFile(initFile, initStatements(await credentials(folder), program), { mode: 0o600 });
  const args = [
    ...baseOptions(program),
    `--datadir=${dataFiles(folder)}`,
    `--init-file=${initFile}`,
    `--port=${port}`,
    `--bind-address=${bindAddress(program)}`,
    `--socket=${socketPath(folder, program)}`,
    `--pid-file=${join(dataFiles(folder), "mysqld.pid")}`,
    "--skip-name-resolve",
    // One unlucky client must not lock itself out while a server is restarted again and again.
    "--max-connect-errors=1000000",
    "--max-connections=300",
    "--innodb-buffer-pool-size=512M",
    // Known since 8.0.30.
    "--loose-innodb-redo-log-capacity=512M",
    "--binlog-expire-logs-seconds=86400",
    "--max-binlog-size=128M",
    ...options,
  ];
  return launch(program, args, { name: containerName(folder), folder, port });
}

/** The URL of the instance's `orders` database for the user `orders`, who owns every database named `orders…`. */
export async function mysqlUrl(instance: MysqlInstance): Promise<string> {
  return (await mysqlUrls(instance)).owner;
}

/** The URLs of the instance's `orders` database: the owner's, and those of the users that a migration makes. */
export async function mysqlUrls({ folder, port }: MysqlInstance): Promise<MysqlUrls> {
  const { user, password, handlersPassword, gatewayPassword } = await credentials(folder);
  const url = (name: string, secret: string) => `mysql://${name}:${secret}@127.0.0.1:${port}/orders`;
  return {
    owner: url(user, password),
    handlers: url(`${user}_handlers`, handlersPassword),
    gateway: url(`${user}_gateway`, gatewayPassword),
  };
}

/** How root connects to the instance, by its socket: for what no user of the orders may do. */
export async function mysqlRoot({ folder, program }: MysqlInstance): Promise<ConnectionOptions> {
  const { rootPassword } = await credentials(folder);
  return { socketPath: socketPath(folder, program), user: "root", password: rootPassword };
}

/** Durability settings stay at MySQL's defaults: sync_binlog=1, innodb_flush_log_at_trx_commit=1. */
function baseOptions(program: Program): string[] {
  const options = ["--no-defaults", "--loose-mysqlx=OFF", "--secure-file-priv=NULL"];
  if (program.kind === "packages") {
    const share = join(program.root.folder, "usr/share/mysql");
    options.push(`--basedir=${join(program.root.folder, "usr")}`, `--lc-messages-dir=${share}`);
  }
  if (process.getuid?.() === 0) {
    options.push("--user=root");
  }
  return options;
}

/** One statement a line, as --init-file wants it; none of it goes to the binary log. */
function initStatements({ user, password, rootPassword }: Credentials, program: Program): string {
  const hosts = program.kind === "docker" ? ["%"] : ["127.0.0.1", "localhost"];
  const users = hosts.flatMap((host) => [
    `CREATE USER IF NOT EXISTS '${user}'@'${host}' IDENTIFIED BY '${password}';`,
    `ALTER USER '${user}'@'${host}' IDENTIFIED BY '${password}';`,
    // The backquoted % makes it a pattern: tests create databases such as orders_test_1 with the same user.
    `GRANT ALL PRIVILEGES ON \`orders%\`.* TO '${user}'@'${host}' WITH GRANT OPTION;`,
    // For the users of handlers and gateway, and for the doctor to see transactions. Root stays out of its reach, being a
    // system user.
    `GRANT CREATE USER, PROCESS ON *.* TO '${user}'@'${host}';`,
  ]);
  const lines = [
    "SET SESSION sql_log_bin = 0;",
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${rootPassword}';`,
    ...users,
    "CREATE DATABASE IF NOT EXISTS orders;",
  ];
  return `${lines.join("\n")}\n`;
}

/** Made once and kept; the passwords are hexadecimal, so that they need no quoting in SQL or in a URL. */
async function credentials(folder: string): Promise<Credentials> {
  const path = join(folder, "credentials.json");
  const kept: Partial<Credentials> = existsSync(path) ? JSON.parse(await readFile(path, "utf8")) : {};
  const secret = () => randomBytes(18).toString("hex");
  const made = {
    ...{ user: "orders", password: secret(), rootPassword: secret() },
    ...{ handlersPassword: secret(), gatewayPassword: secret() },
    ...kept,
  };
  if (Object.keys(kept).length === Object.keys(made).length) return made;
  await writeFile(`${path}.new`, JSON.stringify(made), { mode: 0o600 });
  await rename(`${path}.new`, path);
  return made;
}

function dataFiles(folder: string): string {
  return join(folder, "files");
}

/** A socket's path may have 107 bytes at most (unix(7)), and in Docker it must not lie on a shared volume. */
function socketPath(folder: string, program: Program): string {
  const path = join(folder, "mysqld.sock");
  const fits = Buffer.byteLength(path) <= 107;
  return program.kind !== "docker" && fits ? path : join(tmpdir(), `orders-mysql-${digest(folder)}.sock`);
}

function containerName(folder: string): string {
  return `orders-mysql-${digest(folder)}`;
}

function digest(folder: string): string {
  return createHash("sha256").update(folder).digest("hex").slice(0, 12);
}
