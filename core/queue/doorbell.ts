import type { Redis } from "ioredis";
import type { QueueSight, WorkerSeen } from "../domain/situation.ts";
import { connectRedis, enqueue, type Queued } from "./connection.ts";
import { readQueueSight } from "./diagnosis.ts";
import { readDepth } from "./group.ts";
import { readWorkers } from "./workers.ts";

export interface DoorbellOptions {
  /** `redis://host:port/database` */
  readonly url: string;
  /** How long ringing may hold up an answer, in milliseconds. */
  readonly budgetMs: number;
  /** Told when Redis is lost, with the error, and when it is back, without. */
  readonly onChange: (error: unknown) => void;
}

/** The budget is at least this before the first connection stands, as at the cold start of a Lambda, in milliseconds. */
const firstBudgetMs = 300;

/** Who asks how the queue is waits for an answer at least this long: to be told "away" when it is not misleads. */
const lookBudgetMs = 300;

/** The budget is watched here: a command that outlives it may still be answered until this, in milliseconds. */
const lastResortMs = 5_000;

/** How long ringing is left be after a failure, in milliseconds. */
const restMs = 1_000;

/**
 * Enqueues new orders as a best effort: it never throws and never takes longer than its budget. After a failure it
 * rests for a moment, and then a single caller tries again, so that an outage of Redis costs one request a second its
 * budget and the others nothing. What was not enqueued here is found by the relay (D3).
 */
export class Doorbell {
  readonly #redis: Redis;
  readonly #budgetMs: number;
  readonly #onChange: (error: unknown) => void;
  #hasConnected = false;
  #isLost = false;
  #restsUntil = 0;

  constructor(options: DoorbellOptions) {
    this.#budgetMs = options.budgetMs;
    this.#onChange = options.onChange;
    this.#redis = connectRedis(options.url, lastResortMs);
    // As many requests as there are may wait for the first connection at once; that is no leak.
    this.#redis.setMaxListeners(0);
    this.#redis.once("ready", () => {
      this.#hasConnected = true;
    });
  }

  /** Enqueues orders whose rows are committed. Answers whether it did. */
  async ring(orders: readonly Queued[]): Promise<boolean> {
    if (orders.length === 0) return true;
    const now = performance.now();
    if (now < this.#restsUntil) return false;
    if (this.#isLost) this.#restsUntil = now + restMs;
    try {
      await this.#ask(() => enqueue(this.#redis, orders), this.#budgetMs);
      this.#setLost(false);
      return true;
    } catch (error) {
      this.#setLost(true, error);
      return false;
    }
  }

  /** Whether Redis answers, within 0.6 s at most. */
  async isReachable(): Promise<boolean> {
    return (await this.#look(() => this.#redis.ping())) !== null;
  }

  /** How long the queue is and who reads it; null when Redis does not answer, after 0.6 s at most. */
  async queueUse(): Promise<{ readonly depth: number; readonly workers: readonly WorkerSeen[] } | null> {
    const read = () => Promise.all([readDepth(this.#redis), readWorkers(this.#redis)]);
    const found = await this.#look(read);
    return found === null ? null : { depth: found[0], workers: found[1] };
  }

  /** The queue as an explanation needs it; null when Redis does not answer, after 0.6 s at most. */
  queueSight(): Promise<QueueSight | null> {
    return this.#look(() => readQueueSight(this.#redis));
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #look<T>(read: () => Promise<T>): Promise<T | null> {
    try {
      return await this.#ask(read, Math.max(this.#budgetMs, lookBudgetMs));
    } catch {
      return null;
    }
  }

  /** Waits for a connection and then for an answer, each no longer than its budget. */
  async #ask<T>(command: () => Promise<T>, budgetMs: number): Promise<T> {
    await this.#connected(budgetMs);
    return within(budgetMs, "answer from", command());
  }

  #setLost(isLost: boolean, error?: unknown): void {
    this.#restsUntil = isLost ? performance.now() + restMs : 0;
    if (isLost !== this.#isLost) this.#onChange(error);
    this.#isLost = isLost;
  }

  async #connected(budgetMs: number): Promise<void> {
    if (this.#redis.status === "ready") return;
    const patienceMs = this.#hasConnected ? budgetMs : Math.max(budgetMs, firstBudgetMs);
    const ready = Promise.withResolvers<void>();
    this.#redis.once("ready", ready.resolve);
    try {
      await within(patienceMs, "connection to", ready.promise);
    } finally {
      this.#redis.off("ready", ready.resolve);
    }
  }
}

/**
 * Waits for something from Redis, but no longer than this, in milliseconds. When the event loop has stood still, timers
 * come before what arrived in the meantime: that is read before anything is given up.
 */
async function within<T>(ms: number, what: string, something: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const giveUp = () => late.reject(new Error(`no ${what} Redis within ${ms} ms`));
  const timer = setTimeout(() => setImmediate(giveUp), ms);
  try {
    return await Promise.race([something, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
