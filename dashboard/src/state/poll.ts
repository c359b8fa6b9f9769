import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { ApiError, unreachable } from "../api/errors.ts";
import { isKeyWanted } from "./session.ts";

/** What is known of something that is asked for again and again. */
export interface Known<T> {
  /** What was last answered. */
  readonly data?: T;
  /** When, in milliseconds since 1970. */
  readonly at?: number;
  /** Why the latest request was not answered; absent when it was. */
  readonly error?: ApiError;
  /** When it is asked for again after an error, in milliseconds since 1970. */
  readonly retryAt?: number;
}

export interface Poll<T> {
  readonly known: ReadonlySignal<Known<T>>;
  /** Asks now; the answer to a request that is under way already is waited for first. */
  refresh(): void;
  /** Lets go of what is known. */
  forget(): void;
  stop(): void;
}

/** No wait after an error is longer, in milliseconds. */
const maxWaitMs = 5_000;

/** How long to wait after so many errors in a row. */
function waitMs(everyMs: number, failures: number): number {
  return failures === 0 ? everyMs : Math.max(everyMs, Math.min(maxWaitMs, 1_000 * 2 ** (failures - 1)));
}

/**
 * Asks again and again while the page can be seen and no key is wanted: one request at a time, less often while they
 * fail, and at once when the page comes back into sight, the network into reach, or a key is given.
 *
 * @param before what was known of it already
 */
export function startPoll<T>(
  load: (signal: AbortSignal) => Promise<T>,
  everyMs: (data: T | undefined) => number,
  before: Known<T> = {},
): Poll<T> {
  const known = signal<Known<T>>(before);
  const end = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isUnderWay = false;
  let isWantedAgain = false;
  let failures = 0;

  const ask = async () => {
    clearTimeout(timer);
    if (isUnderWay) {
      isWantedAgain = true;
      return;
    }
    if (document.visibilityState === "hidden" || isKeyWanted.peek() !== undefined) return;
    isUnderWay = true;
    try {
      const data = await load(end.signal);
      failures = 0;
      // What was asked for before somebody signed out is nobody's any more.
      if (isKeyWanted.peek() === undefined) known.value = { data, at: Date.now() };
    } catch (cause) {
      failures += 1;
      const error = cause instanceof ApiError ? cause : unreachable(cause);
      const { data, at } = known.peek();
      const last = data === undefined || at === undefined ? {} : { data, at };
      if (!end.signal.aborted) known.value = { ...last, error, retryAt: Date.now() + waitMs(everyMs(data), failures) };
    }
    isUnderWay = false;
    if (end.signal.aborted) return;
    timer = setTimeout(ask, isWantedAgain ? 0 : waitMs(everyMs(known.peek().data), failures));
    isWantedAgain = false;
  };

  const { signal: ended } = end;
  document.addEventListener("visibilitychange", ask, { signal: ended });
  window.addEventListener("online", ask, { signal: ended });
  const stopEffect = effect(() => {
    if (isKeyWanted.value === undefined) void ask();
  });
  return {
    known,
    refresh: () => void ask(),
    forget: () => {
      known.value = {};
    },
    stop: () => {
      stopEffect();
      clearTimeout(timer);
      end.abort();
    },
  };
}
