import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { QueueState } from "../../core/queue/queue.ts";

/** Which repair of the relay: what was due, what its worker lost, what the queue lost (D3). */
export type RepairName = "due" | "expired" | "lost";

const shared = "The same in every replica: take the max.";

/** What the relay sees of the queue, and what it repairs. */
export class RelayMetrics {
  readonly #repairs: { readonly [R in RepairName]: { inc(count: number): void } };
  readonly #rounds: Histogram;
  readonly #gauges: { readonly [K in "depth" | "age" | "dead" | "consumers"]: Gauge };
  #lastRoundAt: number | undefined;

  constructor(registry: Registry) {
    const registers = [registry];
    const repairs = new Counter({
      name: "orders_gateway_relay_repairs_total",
      help: "Orders that the relay repaired: due = enqueued because their time had come; expired = their lease was over; lost = enqueued again. Sum over replicas.",
      labelNames: ["repair"],
      registers,
    });
    this.#repairs = {
      due: repairs.labels({ repair: "due" }),
      expired: repairs.labels({ repair: "expired" }),
      lost: repairs.labels({ repair: "lost" }),
    };
    for (const child of Object.values(this.#repairs)) child.inc(0);
    this.#rounds = new Histogram({
      name: "orders_gateway_relay_round_duration_seconds",
      help: "How long a round of the relay took.",
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    const gauge = (name: string, help: string) => new Gauge({ name, help: `${help} ${shared}`, registers });
    this.#gauges = {
      depth: gauge("orders_gateway_queue_depth", "Entries of orders:queue that were not delivered yet."),
      age: gauge("orders_gateway_queue_oldest_age_seconds", "Age of the oldest entry that was not delivered; 0: none."),
      dead: gauge("orders_gateway_dead_entries", "Entries of orders:dead, which keeps about 10,000."),
      consumers: gauge("orders_gateway_queue_consumers", "Consumers of the group: workers, gone ones for a minute."),
    };
    this.#describeAge(registry);
  }

  /** Notes what was seen of the queue; undefined when Redis was away, which tells nothing of the queue. */
  saw(state: QueueState | undefined): void {
    if (state === undefined) return;
    this.#gauges.depth.set(state.depth);
    this.#gauges.age.set(state.oldestAgeMs / 1_000);
    this.#gauges.dead.set(state.deadEntries);
    this.#gauges.consumers.set(state.consumers);
  }

  repaired(repair: RepairName, count: number): void {
    if (count > 0) this.#repairs[repair].inc(count);
  }

  /** @param ms how long the round took, in milliseconds */
  roundEnded(ms: number): void {
    this.#rounds.observe(ms / 1_000);
    this.#lastRoundAt = performance.now();
  }

  #describeAge(registry: Registry): void {
    const begunAt = performance.now();
    const ageOf = () => (performance.now() - (this.#lastRoundAt ?? begunAt)) / 1_000;
    new Gauge({
      name: "orders_gateway_relay_last_round_age_seconds",
      help: "How long ago the last round of the relay ended; before the first, how long the process runs.",
      registers: [registry],
      collect() {
        this.set(ageOf());
      },
    });
  }
}
