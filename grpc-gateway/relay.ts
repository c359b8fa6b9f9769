import type { RowDataPacket } from "mysql2/promise";
import type { Database } from "../core/db/database.ts";
import type { RetryPolicy } from "../core/domain/retry.ts";
import { lostBefore, type Observation, observe } from "../core/domain/watermark.ts";
import type { Queue, QueueState } from "../core/queue/queue.ts";
import type { Logger } from "../core/telemetry/log.ts";
import { Loop } from "./loop.ts";
import type { GatewayMetrics } from "./metrics.ts";
import { type Need, type RelayHealth, RelayMonitor } from "./relay-health.ts";
import { type Pace, repairDue, repairExpired, repairLost } from "./repairs.ts";
import type { GatewayTraces } from "./traces.ts";

export interface RelayOptions {
  readonly database: Database;
  readonly queue: Queue;
  readonly policy: RetryPolicy;
  readonly log: Logger;
  /** How often to look for what to repair, in milliseconds. */
  readonly intervalMs: number;
  /** How long the time from an entry's delivery to its order's claim may be, in milliseconds. */
  readonly graceMs: number;
  /** Told when MySQL is lost and when it is back. */
  readonly onMysql?: (isThere: boolean) => void;
  /** By which its health is timed, in milliseconds: a clock that stands still while the process is frozen. */
  readonly awakeNow?: () => number;
  readonly metrics?: GatewayMetrics;
  /** Absent when nothing is traced. */
  readonly traces?: GatewayTraces | undefined;
}

/** A stream whose newest entry is further ahead of Redis' clock will never be read in time order again. */
const maxAheadMs = 60_000;

/** How long MySQL may take to tell its time when a step was late, in milliseconds. */
const answerMs = 1_000;

/** Consumers that are gone are looked for once in so many rounds. */
const roundsPerCleaning = 30;

/**
 * The loop that repairs whatever was interrupted (D3): what is due goes into the queue, what its worker lost comes
 * back, what the queue lost is enqueued again. Every replica of the gateway runs one; they share the work.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #loop = new Loop(() => this.#turn());
  readonly #monitor: RelayMonitor;
  readonly #pace: Pace;
  #observations: readonly Observation[] = [];
  #rounds = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    const { log, onMysql = () => {}, awakeNow = () => performance.now() } = options;
    this.#monitor = new RelayMonitor(log, onMysql, awakeNow, () => this.#mysqlAnswers());
    this.#pace = { signal: this.#loop.signal, onBatch: () => this.#monitor.progress() };
  }

  get health(): RelayHealth {
    return this.#monitor.health;
  }

  start(): void {
    this.#loop.start();
  }

  /** Ends after the step that is under way. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #turn(): Promise<number> {
    const begun = performance.now();
    const isMore = await this.round();
    this.#options.metrics?.relay.roundEnded(performance.now() - begun);
    // Replicas that were started together drift apart.
    return isMore ? 0 : this.#options.intervalMs * (0.9 + 0.2 * Math.random());
  }

  /**
   * One look at everything. Never throws: what fails is tried again in the next round, and keeps nothing else from being
   * repaired. Answers whether there is more to repair at once.
   */
  async round(): Promise<boolean> {
    this.#rounds += 1;
    const isMoreDue = await this.#step("due", "mysql", () => repairDue(this.#options, this.#pace));
    const isMoreExpired = await this.#step("expired", "mysql", () => repairExpired(this.#options, this.#pace));
    await this.#look();
    const isMoreLost = await this.#repairLost();
    return isMoreDue === true || isMoreExpired === true || isMoreLost === true;
  }

  async #repairLost(): Promise<boolean | undefined> {
    const before = lostBefore(this.#observations, performance.now(), this.#options.graceMs);
    if (before !== null) {
      return this.#step("lost", "mysql", () => repairLost(this.#options, new Date(before), this.#pace));
    }
    this.#monitor.skip("lost");
    return false;
  }

  /** Observes the queue and tidies it. While Redis is away nothing is observed, so nothing is called lost. */
  async #look(): Promise<void> {
    const { queue, graceMs, metrics } = this.#options;
    const now = await this.#step("time", "mysql", () => this.#mysqlTime());
    const state = await this.#step("queue", "redis", () => queue.inspect());
    metrics?.relay.saw(state);
    if (state === undefined) {
      this.#observations = [];
      return;
    }
    if (now !== undefined) {
      const value = now.getTime() - state.oldestAgeMs;
      this.#observations = observe(this.#observations, { at: performance.now(), value }, graceMs);
    }
    await this.#step("tidy", "redis", () => this.#tidy(state));
  }

  async #tidy({ lastDeliveredId, aheadMs }: QueueState): Promise<void> {
    const { queue, log } = this.#options;
    if (aheadMs > maxAheadMs) {
      log.warn({ aheadMs }, "the queue is ahead of Redis' clock: it is rebuilt from MySQL");
      return queue.rebuild();
    }
    await queue.trim(lastDeliveredId);
    if (this.#rounds % roundsPerCleaning === 0) await queue.removeGoneConsumers();
  }

  async #mysqlTime(deadline?: number): Promise<Date> {
    return this.#options.database.run(async ({ connection }) => {
      const [[row]] = await connection.query<RowDataPacket[]>("SELECT UTC_TIMESTAMP(3) AS now");
      return row?.now as Date;
    }, deadline);
  }

  /** Whether MySQL answers what costs it nothing. A relay that is to stop does not ask. */
  async #mysqlAnswers(): Promise<boolean> {
    if (this.#loop.signal.aborted) return false;
    return this.#mysqlTime(performance.now() + answerMs).then(
      () => true,
      () => false,
    );
  }

  /** Does a part of a round, unless the relay is to stop. Answers undefined when it was not done. */
  async #step<T>(name: string, need: Need, work: () => Promise<T>): Promise<T | undefined> {
    return this.#loop.signal.aborted ? undefined : this.#monitor.attempt(name, need, work);
  }
}
