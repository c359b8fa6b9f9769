/** Of a longer time in which nobody looked at the clock no more than this counts, in milliseconds. */
const blindAfterMs = 2_000;

/** How often it is looked at, in milliseconds. */
const lookIntervalMs = 500;

/**
 * Tells for how long something has not got on. A process that was frozen (SIGSTOP, a virtual machine that was paused)
 * could not get on, and that is no reason to start it again: of such a time next to nothing counts.
 */
export class AwakeClock {
  readonly #monotonic: () => number;
  #seenAt: number;
  #elapsedMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param monotonic milliseconds of a monotonic clock */
  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
    this.#seenAt = monotonic();
  }

  /** Looks at the clock from now on, by itself, until it is stopped. */
  start(): void {
    this.#timer ??= setInterval(() => this.now(), lookIntervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Milliseconds in which the process was awake. */
  now(): number {
    const at = this.#monotonic();
    this.#elapsedMs += Math.min(at - this.#seenAt, blindAfterMs);
    this.#seenAt = at;
    return this.#elapsedMs;
  }
}
