import mysql from "mysql2/promise";
import type { LocalConfig } from "../../../infra/local/config.ts";
import { type MysqlInstance, mysqlLaunch, mysqlRoot, mysqlUrls } from "../../../infra/local/mysql/instance.ts";
import { ownProcessMysql } from "../../../infra/local/mysql/own-process.ts";
import { mysqlVersion } from "../../../infra/local/mysql/probe.ts";
import type { MysqlUrls } from "../../../infra/local/mysql/urls.ts";
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
    const instance = await ownProcessMysql(config, state, "Faults need", report);
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
