import { until } from "../harness/until.ts";

/** An order as the API answers it, as far as this test looks. */
interface Order {
  readonly id: string;
  readonly status: string;
  readonly attempt: number;
  readonly history: readonly { readonly status: string; readonly worker?: string }[];
}

/** A client of the API at a published port. */
export class OrdersApi {
  readonly #url: string;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}`;
  }

  /** Posts one order; answers its id. */
  async post(): Promise<string> {
    const answer = await this.#send("/orders", { item: "Laptop", quantity: 2, price: 1299.99 });
    return answer.id as string;
  }

  /** Posts many orders at once; answers their ids. */
  async postMany(count: number): Promise<string[]> {
    const orders = Array.from({ length: count }, (_, n) => ({ item: `Mouse ${n}`, quantity: 1, price: 9.5 }));
    const { results } = await this.#send("/orders/batch", { orders });
    return (results as { order: Order }[]).map(({ order }) => order.id);
  }

  async get(id: string): Promise<Order> {
    return (await this.#send(`/orders/${id}`)) as unknown as Order;
  }

  /** Waits until each of the orders is completed; answers them. */
  async completed(ids: readonly string[], timeoutMs: number): Promise<Order[]> {
    return until(`${ids.length} orders are completed`, () => this.#allIn("completed", ids), timeoutMs);
  }

  /** Waits until a worker has each of the orders in work. */
  async processing(ids: readonly string[]): Promise<void> {
    await until(`${ids.length} orders are in work`, () => this.#allIn("processing", ids));
  }

  async #allIn(status: string, ids: readonly string[]): Promise<Order[] | false> {
    const orders = await Promise.all(ids.map((id) => this.get(id)));
    return orders.every((order) => order.status === status) && orders;
  }

  async #send(path: string, body?: object): Promise<Record<string, unknown>> {
    const request = body && {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    };
    const answer = await fetch(`${this.#url}${path}`, { ...request, signal: AbortSignal.timeout(10_000) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text);
  }
}
