import { setTimeout as delay } from "node:timers/promises";
import { Load, type LoadOrder } from "../../cli/load/load.ts";
import { randomOf } from "./random.ts";

/** One of so many orders is cancelled the moment it is acknowledged, when a worker may be claiming it. */
const cancelledOneOf = 25;

/** What customers order, by the seed: mostly what takes its time and succeeds. */
function contents(seed: number): (number: number) => LoadOrder {
  return (number) => {
    const random = randomOf(seed * 1_000_003 + number)();
    const order = { item: "Laptop", quantity: 1 + (number % 7), price: 1299.99 };
    if (random < 0.05) return { ...order, item: "poison:slow" };
    if (random < 0.06) return { ...order, item: "poison:flaky" };
    if (random < 0.065) return { ...order, item: "poison:permanent:1" };
    if (random < 0.08) return { ...order, runAt: new Date(Date.now() + 3_000).toISOString() };
    return order;
  };
}

/** Customers: they order at a steady rate, singly and in batches, send again until answered, and cancel some. */
export class Customers {
  readonly #url: string;
  readonly #content: (number: number) => LoadOrder;
  readonly #single: Load;
  readonly #batches: Load;
  readonly #cancelling: Promise<void>;
  readonly #givingUp = new AbortController();
  #isDone = false;
  /** Answers to cancellations, by status; 0 where no answer came. */
  readonly cancellations = new Map<number, number>();
  /** The ids of the orders whose cancellation was answered with 200. */
  readonly cancelled: string[] = [];

  /** @param rate orders a second; a fifth of them come in batches of ten */
  constructor(url: string, seed: number, rate: number) {
    this.#url = url;
    this.#content = contents(seed);
    const common = { url, content: this.#content, signal: this.#givingUp.signal };
    this.#single = Load.start({ ...common, name: `single-${seed}`, rate: rate * 0.8 });
    this.#batches = Load.start({ ...common, name: `batch-${seed}`, rate: rate * 0.2, batch: 10 });
    this.#cancelling = this.#cancel();
  }

  /** What was answered with 201, by its id. */
  get acknowledged(): ReadonlyMap<string, LoadOrder> {
    return new Map(
      this.#loads.flatMap((load) => load.acknowledged.map(({ id, number }) => [id, this.#content(number)])),
    );
  }

  /** How many orders were sent and never answered. */
  get unanswered(): number {
    return this.#loads.reduce((total, load) => total + load.unanswered.length, 0);
  }

  /** Tries that were not answered with 201, by status; 0 where no answer came. */
  get failures(): ReadonlyMap<number, number> {
    const statuses = this.#loads.flatMap((load) => load.failures.map(({ status }) => status ?? 0));
    return new Map([...Map.groupBy(statuses, (status) => status)].map(([status, all]) => [status, all.length]));
  }

  /** The answers that a client should never get, with what was said. */
  get defects(): readonly string[] {
    const odd = [...this.cancellations.keys()].filter((status) => ![0, 200, 409, 503].includes(status));
    return [...odd.map((status) => `${status} to a cancellation`), ...this.#createDefects];
  }

  get #createDefects(): readonly string[] {
    return this.#loads.flatMap((load) =>
      load.failures.flatMap(({ status, reason }) =>
        status === undefined || status === 503 ? [] : [`${status} ${reason}`],
      ),
    );
  }

  /** Orders nothing new; returns when everything is answered. */
  async stop(): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.stop()));
    this.#isDone = true;
    await this.#cancelling;
  }

  /** Sends nothing more, whatever is not answered. */
  giveUp(): void {
    this.#isDone = true;
    this.#givingUp.abort();
  }

  get #loads(): readonly Load[] {
    return [this.#single, this.#batches];
  }

  async #cancel(): Promise<void> {
    const under: Promise<void>[] = [];
    for (let seen = 0; !this.#isDone; await delay(2)) {
      for (; seen < this.#single.acknowledged.length; seen++) {
        const order = this.#single.acknowledged[seen];
        if (order !== undefined && order.number % cancelledOneOf === 0) under.push(this.#cancelOne(order.id));
      }
    }
    await Promise.all(under);
  }

  async #cancelOne(id: string): Promise<void> {
    const request = { method: "POST", signal: AbortSignal.timeout(5_000) };
    // A cancellation that was not answered may have happened or not: both are right.
    const status = await fetch(`${this.#url}/orders/${id}/cancel`, request).then(
      (answer) => answer.text().then(() => answer.status),
      () => 0,
    );
    if (status === 200) this.cancelled.push(id);
    this.cancellations.set(status, (this.cancellations.get(status) ?? 0) + 1);
  }
}
