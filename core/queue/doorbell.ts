import type { Redis } from "ioredis";
import { connectRedis, enqueue, type Queued } from "./connection.ts";
import { readDepth } from "./group.ts";

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
      await this.#ask(() => enqueue(this.#redis, orders));
      this.#setLost(false);
      return true;
    } catch (error) {
      this.#setLost(true, error);
      return false;
    }
  }

  /** Whether Redis answers within the budget. */
  async isReachable(): Promise<boolean> {
    try {
      await this.#ask(() => this.#redis.ping());
      return true;
    } catch {
      return false;
    }
  }

  /** How many orders wait in the queue; null when Redis does not answer within the budget. */
  async queueDepth(): Promise<number | null> {
    try {
      return await this.#ask(() => readDepth(this.#redis));
    } catch {
      return null;
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** Waits for a connection and then for an answer, each no longer than its budget. */
  async #ask<T>(command: () => Promise<T>): Promise<T> {
    await this.#connected();
    return within(this.#budgetMs, "answer from", command());
  }

  #setLost(isLost: boolean, error?: unknown): void {
    this.#restsUntil = isLost ? performance.now() + restMs : 0;
    if (isLost !== this.#isLost) this.#onChange(error);
    this.#isLost = isLost;
  }

  async #connected(): Promise<void> {
    if (this.#redis.status === "ready") return;
    const patienceMs = this.#hasConnected ? this.#budgetMs : Math.max(this.#budgetMs, firstBudgetMs);
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
