import type { Redis } from "ioredis";
import { connectRedis, enqueue, type Queued } from "./connection.ts";
import { depthOf, type GroupState, readGroup } from "./group.ts";
import { deadStream, queueStream, workerGroup } from "./keys.ts";
import { readConsumers } from "./workers.ts";

/** What the stream looked like at one moment, by Redis' clock alone. */
export interface QueueState {
  /** The age of the oldest entry that was not delivered yet, in milliseconds; 0 when there is none. */
  readonly oldestAgeMs: number;
  /** The last entry that was delivered. */
  readonly lastDeliveredId: string;
  /** How far the newest entry's time is ahead of Redis' clock, in milliseconds; negative when it is behind. */
  readonly aheadMs: number;
  /** Entries that were not delivered yet. */
  readonly depth: number;
  /** Consumers of the workers' group, those included that were not yet found to be gone. */
  readonly consumers: number;
  /** Entries of the dead stream. */
  readonly deadEntries: number;
}

/** Consumers that did not ask for this long are gone: they ask every second, or every 5 s when full. In milliseconds. */
const goneAfterMs = 60_000;

/** The queue as the gateway keeps it. Every call throws when Redis is away; none takes longer than its time limit. */
export class Queue {
  readonly #redis: Redis;

  /** @param timeoutMs how long a call may take, in milliseconds */
  constructor(url: string, timeoutMs: number) {
    this.#redis = connectRedis(url, timeoutMs);
  }

  /** Enqueues orders whose rows are committed. */
  enqueue(orders: readonly Queued[]): Promise<void> {
    return enqueue(this.#redis, orders);
  }

  /** Looks at the stream; makes it and its group where they are missing. */
  async inspect(): Promise<QueueState> {
    const group = await this.#group();
    const { lastDeliveredId, consumers } = group;
    const [[first], [newest], nowMs, depth, deadEntries] = await Promise.all([
      this.#redis.xrange(queueStream, `(${lastDeliveredId}`, "+", "COUNT", 1),
      this.#redis.xrevrange(queueStream, "+", "-", "COUNT", 1),
      this.#now(),
      depthOf(this.#redis, group),
      this.#redis.xlen(deadStream),
    ]);
    return {
      ...{ lastDeliveredId, depth, consumers, deadEntries },
      oldestAgeMs: first === undefined ? 0 : Math.max(0, nowMs - millisecondsOf(first[0])),
      aheadMs: newest === undefined ? Number.NEGATIVE_INFINITY : millisecondsOf(newest[0]) - nowMs,
    };
  }

  /** Removes what is delivered, up to and including this entry. */
  async trim(lastDeliveredId: string): Promise<void> {
    await this.#redis.xtrim(queueStream, "MINID", successor(lastDeliveredId));
  }

  /**
   * Removes consumers that are gone from the group. They read with NOACK, so nothing goes with them.
   *
   * @param afterMs how long a consumer that is gone did not ask, in milliseconds
   */
  async removeGoneConsumers(afterMs = goneAfterMs): Promise<void> {
    for (const { id, lastSeenAgoMs } of await readConsumers(this.#redis)) {
      if (lastSeenAgoMs < afterMs) continue;
      await this.#redis.xgroup("DELCONSUMER", queueStream, workerGroup, id);
    }
  }

  /** Deletes the stream; its orders come back from MySQL. */
  async rebuild(): Promise<void> {
    await this.#redis.del(queueStream);
    await this.#createGroup();
  }

  /** @throws Redis does not answer */
  async ping(): Promise<void> {
    await this.#redis.ping();
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #group(): Promise<GroupState> {
    const group = await readGroup(this.#redis);
    if (group !== undefined) return group;
    await this.#createGroup();
    return { lastDeliveredId: "0-0", lag: null, consumers: 0 };
  }

  /** At 0, never at `$`: entries that are there already have not been delivered to anybody. */
  async #createGroup(): Promise<void> {
    await this.#redis.xgroup("CREATE", queueStream, workerGroup, "0", "MKSTREAM").catch((error: unknown) => {
      if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) throw error;
    });
  }

  async #now(): Promise<number> {
    const [seconds, microseconds] = await this.#redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }
}

/** The time part of a stream entry's id `<ms>-<sequence>`. */
function millisecondsOf(entryId: string): number {
  return Number(entryId.split("-", 1)[0]);
}

/** The smallest id after this one: XTRIM MINID keeps the entry that it names. */
function successor(entryId: string): string {
  const [ms = "0", sequence = "0"] = entryId.split("-");
  return `${ms}-${BigInt(sequence) + 1n}`;
}
