import { join } from "node:path";
import mysql from "mysql2/promise";
import type { LocalConfig } from "../../../infra/local/config.ts";
import { StartFailure } from "../../../infra/local/failure.ts";
import { findMysql } from "../../../infra/local/mysql/find.ts";
import {
  initialiseMysql,
  type MysqlInstance,
  mysqlLaunch,
  mysqlRoot,
  mysqlUrls,
} from "../../../infra/local/mysql/instance.ts";
import { mysqlVersion } from "../../../infra/local/mysql/probe.ts";
import type { MysqlUrls } from "../../../infra/local/mysql/urls.ts";
import { freePort } from "../../../infra/local/ports.ts";
import type { StateDir } from "../../../infra/local/state-dir.ts";
import type { ComponentSpec } from "../../../infra/local/supervisor/component.ts";

/** A MySQL of the fleet's own, with durable defaults, which may be killed. */
export class MysqlServer {
  readonly urls: MysqlUrls;
  readonly spec: ComponentSpec;
  readonly #instance: MysqlInstance;

  private constructor(instance: MysqlInstance, urls: MysqlUrls, spec: ComponentSpec) {
    this.#instance = instance;
    this.urls = urls;
    this.spec = spec;
  }

  static async prepare(config: LocalConfig, state: StateDir, report: (line: string) => void): Promise<MysqlServer> {
    const program = await findMysql({ ...config, mysqlUrl: undefined }, report);
    if (program.kind === "url" || program.kind === "docker") {
      throw new StartFailure(
        "Faults need a MySQL that is a process of this machine: mysqld on PATH, or Debian's packages.",
      );
    }
    const instance = { program, folder: join(state.data, "mysql"), port: await freePort(), options: [] };
    await initialiseMysql(instance, report);
    const urls = await mysqlUrls(instance);
    return new MysqlServer(instance, urls, {
      ...{ name: "mysql", cwd: config.root, env: config.environment, logFile: state.log("mysql") },
      ...{
        launch: await mysqlLaunch(instance),
        ready: () => mysqlVersion(urls.owner),
        readyTimeoutMs: 120_000,
        graceMs: 30_000,
      },
    });
  }

  /** Its address, as `host:port`. */
  get address(): string {
    return new URL(this.urls.owner).host;
  }

  /** Refuses all writes from now on, as a primary that was demoted does, or takes them again. */
  async setReadOnly(isReadOnly: boolean): Promise<void> {
    const root = await mysql.createConnection(await mysqlRoot(this.#instance));
    try {
      await root.query(
        `SET GLOBAL super_read_only = ${isReadOnly ? "ON" : "OFF"}, GLOBAL read_only = ${isReadOnly ? "ON" : "OFF"}`,
      );
    } finally {
      root.destroy();
    }
  }
}
