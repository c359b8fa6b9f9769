import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../telemetry/log.ts";

const firstPauseMs = 100;
const longestPauseMs = 2_000;

/**
 * Tries something until it works, with growing pauses, and says what it waits for.
 *
 * @param isWorthTrying whether an error may pass by itself; any other is thrown at once
 * @throws the error that is not worth trying again, or the signal's reason when it is aborted
 */
export async function waitFor<T>(
  what: string,
  attempt: () => Promise<T>,
  options: { log: Logger; signal?: AbortSignal; isWorthTrying: (error: unknown) => boolean },
): Promise<T> {
  const { log, signal, isWorthTrying } = options;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!isWorthTrying(error)) throw error;
      log.warn({ reason: reasonOf(error) }, `waiting for ${what}`);
    }
    await delay(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
