import { setTimeout as delay } from "node:timers/promises";
import type { RowDataPacket } from "mysql2/promise";
import type { Database } from "../core/db/database.ts";
import type { RetryPolicy } from "../core/domain/retry.ts";
import { lostBefore, type Observation, observe } from "../core/domain/watermark.ts";
import type { Queue } from "../core/queue/queue.ts";
import type { Logger } from "../core/telemetry/log.ts";
import { repairDue, repairExpired, repairLost } from "./repairs.ts";

export interface RelayOptions {
  readonly database: Database;
  readonly queue: Queue;
  readonly policy: RetryPolicy;
  readonly log: Logger;
  /** How often to look for what to repair, in milliseconds. */
  readonly intervalMs: number;
  /** How long the time from an entry's delivery to its order's claim may be, in milliseconds. */
  readonly graceMs: number;
}

/** How the relay last found what it needs; undefined before the first look. */
export interface RelayHealth {
  readonly mysql: "ok" | "away" | undefined;
  readonly redis: "ok" | "away" | undefined;
  /** When the last round began, in milliseconds of the monotonic clock. */
  readonly lastRoundAt: number;
}

/** A stream whose newest entry is further ahead of Redis' clock will never be read in time order again. */
const maxAheadMs = 60_000;

/** Consumers that are gone are looked for once in so many rounds. */
const roundsPerCleaning = 30;

/**
 * The loop that repairs whatever was interrupted (D3): what is due goes into the queue, what its worker lost comes
 * back, what the queue lost is enqueued again. Every replica of the gateway runs one; they share the work.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #stopping = new AbortController();
  #observations: readonly Observation[] = [];
  #health: RelayHealth = { mysql: undefined, redis: undefined, lastRoundAt: 0 };
  #rounds = 0;
  #running: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  get health(): RelayHealth {
    return this.#health;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends after the round that is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.round();
      // Replicas that were started together drift apart.
      const pauseMs = this.#options.intervalMs * (0.9 + 0.2 * Math.random());
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  /** One look at everything. Never throws: what fails is tried again in the next round. */
  async round(): Promise<void> {
    this.#rounds += 1;
    this.#health = { ...this.#health, lastRoundAt: performance.now() };
    await this.#need("mysql", async () => {
      await repairDue(this.#options, this.#stopping.signal);
      await repairExpired(this.#options, this.#stopping.signal);
    });
    await this.#look();
    const before = lostBefore(this.#observations, performance.now(), this.#options.graceMs);
    if (before === null) return;
    await this.#need("mysql", () => repairLost(this.#options, new Date(before), this.#stopping.signal));
  }

  /** Observes the queue and tidies it. While Redis is away nothing is observed, so nothing is called lost. */
  async #look(): Promise<void> {
    const { queue, graceMs } = this.#options;
    let now: Date | undefined;
    await this.#need("mysql", async () => {
      now = await this.#mysqlTime();
    });
    const isSeen = await this.#need("redis", async () => {
      const state = await queue.inspect();
      if (now !== undefined) {
        const value = now.getTime() - state.oldestAgeMs;
        this.#observations = observe(this.#observations, { at: performance.now(), value }, graceMs);
      }
      await this.#tidy(state);
    });
    if (!isSeen) this.#observations = [];
  }

  async #tidy({ lastDeliveredId, aheadMs }: Awaited<ReturnType<Queue["inspect"]>>): Promise<void> {
    const { queue, log } = this.#options;
    if (aheadMs > maxAheadMs) {
      log.warn({ aheadMs }, "the queue is ahead of Redis' clock: it is rebuilt from MySQL");
      return queue.rebuild();
    }
    await queue.trim(lastDeliveredId);
    if (this.#rounds % roundsPerCleaning === 0) await queue.removeGoneConsumers();
  }

  async #mysqlTime(): Promise<Date> {
    return this.#options.database.run(async ({ connection }) => {
      const [[row]] = await connection.query<RowDataPacket[]>("SELECT UTC_TIMESTAMP(3) AS now");
      return row?.now as Date;
    });
  }

  /** Does what needs MySQL or Redis, and tells when one is lost and when it is back. Answers whether it was done. */
  async #need(what: "mysql" | "redis", work: () => Promise<void>): Promise<boolean> {
    const before = this.#health[what];
    try {
      await work();
      if (before === "away") this.#options.log.info(`${what} is back`);
      this.#health = { ...this.#health, [what]: "ok" };
      return true;
    } catch (error) {
      if (before !== "away") this.#options.log.warn({ err: error }, `${what} is away`);
      this.#health = { ...this.#health, [what]: "away" };
      return false;
    }
  }
}
