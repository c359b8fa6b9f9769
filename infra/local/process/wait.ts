import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../failure.ts";

/** How often a condition is looked at, in milliseconds. */
const interval = 50;

/**
 * Repeats `check` until it returns without throwing. Rejects when `timeoutMs` have passed, with the last objection in
 * the message, or at once when `signal` is aborted, with its reason.
 */
export async function until<T>(
  check: () => T | Promise<T>,
  options: { timeoutMs: number; signal?: AbortSignal | undefined; what: string },
): Promise<T> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= deadline) {
        throw new Error(`${options.what} within ${options.timeoutMs / 1000} s: ${messageOf(error)}`, { cause: error });
      }
    }
    await delay(interval);
  }
}
