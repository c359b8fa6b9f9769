import { setTimeout as delay } from "node:timers/promises";
import { isPassing } from "../api.ts";

/** What is ordered, as `POST /orders` takes it. */
export interface LoadOrder {
  readonly item: string;
  readonly quantity: number;
  readonly price: number;
  readonly runAt?: string;
}

export interface LoadOptions {
  /** The API: `http://host:port`. */
  readonly url: string;
  /** Beside those that every request has; one that lets it in, for instance. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Begins every key. No two loads on one system may share it. */
  readonly name: string;
  /** Orders a second. They are sent when they are due, however long the ones before them take. */
  readonly rate: number;
  /** For how long new orders are sent, in seconds; until `stop` when absent. */
  readonly seconds?: number;
  /** Orders in one request: 1, the default, is `POST /orders`; more are `POST /orders/batch`. */
  readonly batch?: number;
  /** What the order of this number (0, 1, 2 …) holds; an item named like its key when absent. */
  readonly content?: (number: number, key: string) => LoadOrder;
  /** A request that was not answered for so long counts as lost and is sent again, in milliseconds. */
  readonly timeoutMs?: number;
  /** How many requests are under way at most: others wait, as clients do that have so many connections. */
  readonly connections?: number;
  /** Gives up: nothing new is sent, and nothing again. */
  readonly signal?: AbortSignal;
}

/** An order that was answered with 201. */
export interface Acknowledged {
  readonly number: number;
  readonly key: string;
  readonly id: string;
  /** When the answer came, in milliseconds since 1970. */
  readonly at: number;
  /** From when the order was due to be sent until it was answered, all tries included, in milliseconds. */
  readonly latencyMs: number;
  /** 1 when the first request was answered. */
  readonly tries: number;
}

/** A request that was not answered with 201, or an order of a batch that was not. */
export interface FailedCreate {
  readonly keys: readonly string[];
  /** In milliseconds since 1970. */
  readonly at: number;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  /** The answer's body, or what the connection ended with. */
  readonly reason: string;
}

interface Pending {
  readonly number: number;
  readonly key: string;
  readonly order: LoadOrder;
}

/** What the API says of one order. */
interface Verdict {
  readonly status: number;
  readonly id?: string | undefined;
  readonly reason: string;
}

/** The pauses before an order is sent again grow from the first to the longest, each with full jitter, in milliseconds. */
const retry = { firstMs: 50, longestMs: 1_000 };

/**
 * Clients that create orders at a steady rate, each with an idempotency key, and send again with the same key until they
 * are answered. Keeps what was acknowledged and whatever went wrong.
 */
export class Load {
  /** In the order of their answers; grows while the load runs. */
  readonly acknowledged: Acknowledged[] = [];
  /** Every failed try; grows while the load runs. */
  readonly failures: FailedCreate[] = [];
  /** Resolves when no order is to be sent any more. Never rejects. */
  readonly finished: Promise<void>;
  readonly #options: LoadOptions;
  readonly #stopping = new AbortController();
  readonly #unanswered = new Set<string>();
  readonly #refused: string[] = [];
  #begun = 0;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  private constructor(options: LoadOptions) {
    this.#options = options;
    this.finished = this.#run();
  }

  static start(options: LoadOptions): Load {
    return new Load(options);
  }

  /** How many orders were sent at least once. */
  get begun(): number {
    return this.#begun;
  }

  /** The keys of the orders that were sent and are not answered: whether they exist is not known. */
  get unanswered(): readonly string[] {
    return [...this.#unanswered];
  }

  /** The keys of the orders that were refused for good, as not valid for instance. */
  get refused(): readonly string[] {
    return this.#refused;
  }

  /** Sends nothing new; returns when the last of what was sent is answered, or given up by the signal. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.finished;
  }

  get #isGivenUp(): boolean {
    return this.#options.signal?.aborted === true;
  }

  async #run(): Promise<void> {
    const { rate, batch = 1, seconds = Number.POSITIVE_INFINITY } = this.#options;
    const sent: Promise<void>[] = [];
    const begun = performance.now();
    for (let number = 0; number / rate < seconds; number += batch) {
      const due = begun + (number / rate) * 1_000;
      const wait = due - performance.now();
      if (wait > 0) await this.#pause(wait, this.#stopping.signal);
      if (this.#stopping.signal.aborted || this.#isGivenUp) break;
      sent.push(this.#create(this.#orders(number, batch), due));
    }
    await Promise.all(sent);
  }

  #orders(first: number, count: number): Pending[] {
    const { name, content = (_, key) => ({ item: key, quantity: 1, price: 1.5 }) } = this.#options;
    return Array.from({ length: count }, (_, index) => {
      const number = first + index;
      const key = `${name}-${number}`;
      return { number, key, order: content(number, key) };
    });
  }

  /** Sends orders, together, until none of them is left to be sent again. */
  async #create(orders: readonly Pending[], due: number): Promise<void> {
    this.#begun += orders.length;
    for (const { key } of orders) this.#unanswered.add(key);
    let left = orders;
    for (let tries = 1; left.length > 0 && !this.#isGivenUp; tries++) {
      const verdicts = await this.#connected(() => this.#send(left));
      const latencyMs = performance.now() - due;
      left = left.filter((order, index) => !this.#settle(order, verdicts[index], { latencyMs, tries }));
      if (left.length > 0) await this.#pause(backoffMs(tries), this.#options.signal);
    }
  }

  /** Answers whether this is the end of the order's way. */
  #settle({ number, key }: Pending, verdict: Verdict | undefined, try_: { latencyMs: number; tries: number }): boolean {
    if (verdict === undefined) return false;
    const { status, id, reason } = verdict;
    if (status === 201 && id !== undefined) {
      this.acknowledged.push({ number, key, id, at: Date.now(), ...try_ });
    } else {
      this.failures.push({ keys: [key], at: Date.now(), status, reason });
      // A server's trouble passes, and so does being asked too often; any other refusal would be the same again.
      if (isPassing(status)) return false;
      this.#refused.push(key);
    }
    this.#unanswered.delete(key);
    return true;
  }

  /** A verdict for each order; none at all, and a failure noted, when the request as a whole was not answered well. */
  async #send(orders: readonly Pending[]): Promise<readonly Verdict[]> {
    // It may have been given up while these waited for a connection.
    if (this.#isGivenUp) return [];
    const isBatch = (this.#options.batch ?? 1) > 1;
    const keys = orders.map(({ key }) => key);
    try {
      const answer = await this.#post(orders, isBatch);
      const text = await answer.text();
      if (isBatch && answer.status === 200) return batchVerdicts(text);
      const id = answer.status === 201 ? (JSON.parse(text) as { id: string }).id : undefined;
      const verdict = { status: answer.status, id, reason: text };
      if (answer.status < 500) return orders.map(() => verdict);
      this.failures.push({ keys, at: Date.now(), status: answer.status, reason: text });
    } catch (error) {
      this.failures.push({ keys, at: Date.now(), status: undefined, reason: reasonOf(error) });
    }
    return [];
  }

  #post(orders: readonly Pending[], isBatch: boolean): Promise<Response> {
    const { url, timeoutMs = 5_000, headers: given = {} } = this.#options;
    const headers = { ...given, "Content-Type": "application/json" };
    const common = { method: "POST", signal: AbortSignal.timeout(timeoutMs) };
    if (isBatch) {
      const body = JSON.stringify({ orders: orders.map(({ key, order }) => ({ ...order, idempotencyKey: key })) });
      return fetch(`${url}/orders/batch`, { ...common, headers, body });
    }
    const [{ key = "", order = {} } = {}] = orders;
    return fetch(`${url}/orders`, {
      ...common,
      headers: { ...headers, "Idempotency-Key": key },
      body: JSON.stringify(order),
    });
  }

  async #connected<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay >= (this.#options.connections ?? 128)) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#underWay++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay--;
      else next();
    }
  }

  async #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}

function batchVerdicts(text: string): Verdict[] {
  const { results } = JSON.parse(text) as { results: { status: number; order?: { id: string }; problem?: object }[] };
  return results.map(({ status, order, problem }) => ({ status, id: order?.id, reason: JSON.stringify(problem) }));
}

function backoffMs(tries: number): number {
  return Math.random() * Math.min(retry.firstMs * 2 ** tries, retry.longestMs);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
