import { useLayoutEffect, useMemo } from "preact/hooks";
import { type Known, type Poll, startPoll } from "./poll.ts";
import { isKeyWanted } from "./session.ts";

/** What was left lately, by its key: on the way back it is seen at once. */
const left = new Map<string, Known<unknown>>();

/** Of more than this nothing is kept. */
const maxLeft = 20;

/** A poll for as long as the component is there; another one when the key is another. */
export function usePoll<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs: (data: T | undefined) => number,
): Poll<T> {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for what is asked for.
  const poll = useMemo(() => startPoll(load, everyMs, left.get(key) as Known<T> | undefined), [key]);
  // Not useEffect, which runs after the next painting, and never for what is gone by then: its poll would go on for ever.
  useLayoutEffect(
    () => () => {
      poll.stop();
      keep(key, poll.known.peek());
    },
    [key, poll],
  );
  return poll;
}

function keep(key: string, { data, at }: Known<unknown>): void {
  left.delete(key);
  // Whoever signs in next may be another.
  if (isKeyWanted.peek() !== undefined) return;
  if (data !== undefined && at !== undefined) left.set(key, { data, at });
  const [oldest] = left.keys();
  if (left.size > maxLeft && oldest !== undefined) left.delete(oldest);
}

/** Forgets it, as when another one looks from now on. */
export function forgetAll(): void {
  left.clear();
}
