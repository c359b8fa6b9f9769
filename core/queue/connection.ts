import { Redis } from "ioredis";
import type { Order } from "../domain/order.ts";
import { queueStream } from "./keys.ts";

const ignore = () => {};

/** A connection on which no answer arrives for this long is given up and made anew, in milliseconds. */
const silenceMs = 5_000;

/**
 * Connects to Redis in the background, again and again, with pauses of up to a second. Commands fail at once while
 * there is no connection, and after `timeoutMs` when there is no answer.
 */
export function connectRedis(url: string, timeoutMs: number): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    commandTimeout: timeoutMs,
    socketTimeout: silenceMs,
    retryStrategy: (tries) => Math.min(tries * 50, 1_000),
    // It was demoted and kept its connections: its name may lead to the new one by now.
    reconnectOnError: ({ message }) => message.startsWith("READONLY"),
  });
  // Without a listener an error would end the process. Every command tells of its own failure.
  redis.on("error", () => {
    // A TLS socket that is closed during its handshake can tell of two errors (the certificate's, then the alert by
    // which the server answers the close), and ioredis hears the first only: https://github.com/redis/ioredis/pull/961
    redis.stream.off("error", ignore).on("error", ignore);
  });
  return redis;
}

/**
 * Waits for the connection.
 *
 * @param timeoutMs how long, in milliseconds
 * @throws when there is none by then, with the last reason why as its cause
 */
export async function connected(redis: Redis, timeoutMs: number): Promise<void> {
  if (redis.status === "ready") return;
  const ready = Promise.withResolvers<void>();
  let reason: unknown;
  const noteReason = (error: unknown) => {
    reason = error;
  };
  const giveUp = () => ready.reject(new Error(`no connection to Redis within ${timeoutMs} ms`, { cause: reason }));
  const timer = setTimeout(giveUp, timeoutMs);
  redis.once("ready", ready.resolve).on("error", noteReason);
  try {
    await ready.promise;
  } finally {
    clearTimeout(timer);
    redis.off("ready", ready.resolve).off("error", noteReason);
  }
}

/** What a queue entry says of its order. */
export type Queued = Pick<Order, "id" | "quantity">;

/** Appends an entry for each order, in one round trip. The orders' rows must be committed before (D3). */
export async function enqueue(redis: Redis, orders: readonly Queued[]): Promise<void> {
  const [first, ...others] = orders;
  if (first === undefined) return;
  // A pipeline of one costs more than its command.
  if (others.length === 0) {
    await redis.xadd(...entryOf(first));
    return;
  }
  const pipeline = redis.pipeline();
  for (const order of orders) pipeline.xadd(...entryOf(order));
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}

const entryOf = ({ id, quantity }: Queued) =>
  [queueStream, "*", "orderId", id, "quantity", String(quantity)] as [string, "*", ...string[]];
