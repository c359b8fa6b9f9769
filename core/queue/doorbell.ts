import type { Redis } from "ioredis";
import { connectRedis, enqueue, type Queued } from "./connection.ts";

export interface DoorbellOptions {
  /** `redis://host:port/database` */
  readonly url: string;
  /** Told when Redis is lost, with the error, and when it is back, without. */
  readonly onChange: (error: unknown) => void;
}

/** How long ringing may hold up an answer, in milliseconds: an order must be answered in 50 while Redis is away. */
const budgetMs = 35;

/** The same before the first connection stands, as at the cold start of a Lambda, in milliseconds. */
const firstBudgetMs = 300;

/** How long ringing is left be after a failure, in milliseconds. */
const restMs = 1_000;

/**
 * Enqueues new orders as a best effort: it never throws and never takes longer than its budget. After a failure it
 * rests for a moment, and then a single caller tries again, so that an outage of Redis costs one request a second its
 * budget and the others nothing. What was not enqueued here is found by the relay (D3).
 */
export class Doorbell {
  readonly #redis: Redis;
  readonly #onChange: (error: unknown) => void;
  #hasConnected = false;
  #isLost = false;
  #restsUntil = 0;

  constructor(options: DoorbellOptions) {
    this.#onChange = options.onChange;
    this.#redis = connectRedis(options.url, budgetMs);
    // As many requests as there are may wait for the first connection at once; that is no leak.
    this.#redis.setMaxListeners(0);
    this.#redis.once("ready", () => {
      this.#hasConnected = true;
    });
  }

  /** Enqueues orders whose rows are committed. Answers whether it did. */
  async ring(orders: readonly Queued[]): Promise<boolean> {
    const now = performance.now();
    if (now < this.#restsUntil) return false;
    if (this.#isLost) this.#restsUntil = now + restMs;
    try {
      await this.#connected();
      await enqueue(this.#redis, orders);
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
      await this.#connected();
      await this.#redis.ping();
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  #setLost(isLost: boolean, error?: unknown): void {
    this.#restsUntil = isLost ? performance.now() + restMs : 0;
    if (isLost !== this.#isLost) this.#onChange(error);
    this.#isLost = isLost;
  }

  async #connected(): Promise<void> {
    if (this.#redis.status === "ready") return;
    const patienceMs = this.#hasConnected ? budgetMs : firstBudgetMs;
    const ready = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => ready.reject(new Error(`no connection to Redis within ${patienceMs} ms`)),
      patienceMs,
    );
    this.#redis.once("ready", ready.resolve);
    try {
      await ready.promise;
    } finally {
      clearTimeout(timer);
      this.#redis.off("ready", ready.resolve);
    }
  }
}
