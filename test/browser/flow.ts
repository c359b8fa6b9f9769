import { setTimeout as sleep } from "node:timers/promises";
import type { Surroundings } from "./surroundings.ts";

const goods = [
  ["Laptop 14 inch", 1_299.99],
  ["Mechanical keyboard", 89.5],
  ["Wireless mouse", 24.9],
  ["USB-C dock", 159],
  ["Monitor 27 inch", 349.95],
  ["Noise-cancelling headphones", 219],
  ["Office chair", 289],
] as const;

/** Orders that come in waves and bursts, some for later, some of which fail. */
export class Flow {
  readonly #surroundings: Surroundings;
  readonly #failing: readonly string[];
  readonly #end = new AbortController();
  #flowing: Promise<void> = Promise.resolve();

  /** @param failing items of orders that fail, where the worker does not fail by itself */
  constructor(surroundings: Surroundings, failing: readonly string[] = []) {
    this.#surroundings = surroundings;
    this.#failing = failing;
  }

  /** Lets them flow from now until it is stopped; returns after so many seconds. */
  async run(seconds: number): Promise<void> {
    this.#flowing = this.#flow();
    await sleep(seconds * 1_000);
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#flowing;
  }

  async #flow(): Promise<void> {
    const { system, key } = this.#surroundings;
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${key}` };
    for (let round = 0; !this.#end.signal.aborted; round++) {
      // Now and then more than the worker can do at once.
      const burst = round % 150 === 70 ? 80 : 0;
      const count = burst + Math.round(4.2 + 2.4 * Math.sin(round / 90) + 1.2 * Math.sin(round / 17));
      const orders = Array.from({ length: count }, (_, index) => this.#order(round * 61 + index));
      await system.request("/orders/batch", { method: "POST", headers, body: JSON.stringify({ orders }) });
      await sleep(150);
    }
  }

  #order(number: number): object {
    const [item, price] = goods[(number * 5) % goods.length] ?? goods[0];
    const quantity = 1 + (number % 4);
    const failing = number % 29 === 0 ? this.#failing[number % this.#failing.length] : undefined;
    if (failing !== undefined) return { item: failing, quantity, price };
    if (number % 37 !== 0) return { item, quantity, price };
    return { item, quantity, price, runAt: new Date(Date.now() + 3_600_000).toISOString() };
  }
}
