import type { Connection, RowDataPacket } from "mysql2/promise";
import { lastLines, run } from "../../infra/local/process/run.ts";
import { until } from "../../infra/local/process/wait.ts";
import type { Server } from "../../infra/local/server.ts";
import type { RunningSystem } from "../system.ts";

interface Parts {
  readonly name: string;
  readonly url: string;
  readonly http: Server;
  readonly worker: Server;
  /** Stays open: to connect is no part of what is measured. */
  readonly connection: Connection;
  readonly fill: readonly [string, ...string[]];
  readonly env: Record<string, string>;
}

/** How long the fill of a whole drain may take, in milliseconds. */
const fillTimeoutMs = 600_000;

/** A peer that runs. */
export class RunningPeer implements RunningSystem {
  readonly url: string;
  readonly processes: ReadonlyMap<string, number>;
  readonly #parts: Parts;
  readonly #workerPid: number;

  constructor(parts: Parts) {
    const { pid: http } = parts.http;
    const { pid: worker } = parts.worker;
    if (http === undefined || worker === undefined) throw new Error(`${parts.name} is no process of this machine`);
    this.url = parts.url;
    this.processes = new Map([
      ["http", http],
      ["worker", worker],
    ]);
    this.#parts = parts;
    this.#workerPid = worker;
  }

  /**
   * Redis still answers the pops that the frozen worker waits in, each once: so up to as many entries as it has
   * goroutines leave the queue, and are worked off when it goes on.
   */
  async pause(): Promise<void> {
    process.kill(this.#workerPid, "SIGSTOP");
    // What MySQL and the front had begun for it still ends: it is over when two looks see the same.
    let before: number | undefined;
    const isOver = async () => {
      const now = await this.completed();
      if (now !== before) {
        before = now;
        throw new Error(`${now} orders are completed, and it goes on`);
      }
    };
    await until(isOver, { timeoutMs: 10_000, what: `${this.#parts.name} did not come to rest` });
  }

  resume(): void {
    process.kill(this.#workerPid, "SIGCONT");
  }

  async fill(orders: number): Promise<void> {
    const { name, fill, env } = this.#parts;
    const [command, ...args] = fill;
    const ended = await run(command, [...args, String(orders)], { env, timeoutMs: fillTimeoutMs });
    if (ended.code !== 0) {
      throw new Error(`${name} could not be filled:\n${lastLines(ended.stdout + ended.stderr, 20)}`);
    }
  }

  completed(): Promise<number> {
    return this.#number("SELECT COUNT(*) AS value FROM orders WHERE status = 'completed'");
  }

  async isCompleted(id: string): Promise<boolean> {
    return (await this.#number("SELECT status = 'completed' AS value FROM orders WHERE id = ?", [id])) === 1;
  }

  stored(): Promise<number> {
    return this.#number("SELECT COUNT(*) AS value FROM orders");
  }

  async stop(): Promise<void> {
    // A frozen process would not heed the signal to end.
    this.resume();
    await this.#parts.connection.end();
    await this.#parts.worker.stop();
    await this.#parts.http.stop();
  }

  async #number(sql: string, values: unknown[] = []): Promise<number> {
    const [rows] = await this.#parts.connection.query<(RowDataPacket & { value: number })[]>(sql, values);
    return Number(rows[0]?.value);
  }
}
