import { computed, signal } from "@preact/signals";

/** The time of this machine, in milliseconds since 1970, each second. */
export const now = signal(Date.now());

setInterval(() => {
  if (document.visibilityState === "visible") now.value = Date.now();
}, 1_000);

/** By how much the system's clock is ahead of this machine's, in milliseconds; negative when it is behind. */
const ahead = signal<number>();

/** The time by the system's clock, which all times of orders are by, each second. */
export const systemNow = computed(() => now.value + (ahead.value ?? 0));

/** The same, at this moment. */
export const systemTime = () => Date.now() + (ahead.peek() ?? 0);

/**
 * Notes that at a time of this machine an answer came that was as of a time of the system's. An answer is up to some
 * seconds old, so the one that shows the system furthest ahead is the nearest to the truth.
 */
export function noteSystemTime(asOf: number, at: number): void {
  ahead.value = Math.max(ahead.peek() ?? Number.NEGATIVE_INFINITY, asOf - at);
}
