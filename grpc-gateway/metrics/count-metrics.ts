import { Gauge, type Registry } from "prom-client";
import type { OrderStatus } from "../../core/domain/order.ts";

/** The last count of all orders. */
export interface KeptCount {
  readonly counts: Readonly<Record<OrderStatus, number>>;
  /** How old it was when it was read, in milliseconds. */
  readonly ageMs: number;
}

/** How many orders there are in each status, as they were counted last. Nothing before the first count. */
export class CountMetrics {
  #last: (KeptCount & { readonly readAt: number }) | undefined;

  constructor(registry: Registry) {
    const last = () => this.#last;
    new Gauge({
      name: "orders_gateway_orders",
      help: "Orders in each status by the last count (see its age). The same in every replica: take the max.",
      labelNames: ["status"],
      registers: [registry],
      collect() {
        for (const [status, count] of Object.entries(last()?.counts ?? {})) this.set({ status }, count);
      },
    });
    new Gauge({
      name: "orders_gateway_orders_count_age_seconds",
      help: "How old the last count of orders is; 0 before the first. Take the min over replicas.",
      registers: [registry],
      collect() {
        const count = last();
        this.set(count === undefined ? 0 : (count.ageMs + performance.now() - count.readAt) / 1_000);
      },
    });
  }

  counted(count: KeptCount | undefined): void {
    if (count !== undefined) this.#last = { ...count, readAt: performance.now() };
  }
}
