import { setTimeout as delay } from "node:timers/promises";

/** Does something again and again in the background, from its start to its stop. */
export class Loop {
  readonly #turn: () => Promise<number>;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  /** @param turn never throws; answers how long to pause after it, in milliseconds, 0 for not at all */
  constructor(turn: () => Promise<number>) {
    this.#turn = turn;
  }

  /** Aborted when the loop is to stop: a turn that takes long should heed it. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends after the turn that is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this;
    while (!signal.aborted) {
      const pauseMs = await this.#turn();
      if (pauseMs > 0) await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}
