import { setTimeout as delay } from "node:timers/promises";
import { refreshCounts } from "../core/db/counts.ts";
import type { Database } from "../core/db/database.ts";
import type { Logger } from "../core/telemetry/log.ts";

/** Counts are at most 5 s old where they are shown: these leave time for the counting. In milliseconds. */
const maxAgeMs = 3_000;
const intervalMs = 500;

/** The loop that keeps the count of all orders by status fresh. Every replica of the gateway runs one; one counts. */
export class Counter {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#database
        .transaction((session) => refreshCounts(session, maxAgeMs))
        .catch((error: unknown) => this.#log.debug({ err: error }, "the orders were not counted"));
      await delay(intervalMs, undefined, { signal }).catch(() => {});
    }
  }
}
