import { Counter, Gauge, type Registry } from "prom-client";
import type { Traces } from "../../core/telemetry/traces.ts";
import type { RelayHealth } from "../relay-health.ts";

/** Whether MySQL and Redis are there, as the relay last found them. */
export function describeNeeds(registry: Registry, look: () => Pick<RelayHealth, "mysql" | "redis">): void {
  for (const need of ["mysql", "redis"] as const) {
    new Gauge({
      name: `orders_gateway_${need}_up`,
      help: `1 when the relay last found ${need}, 0 when it is away or was not looked for yet. Take the min over replicas.`,
      registers: [registry],
      collect() {
        this.set(look()[need] === "ok" ? 1 : 0);
      },
    });
  }
}

/** What becomes of the spans of this process. */
export function describeSpans(registry: Registry, traces: Traces): void {
  new Counter({
    name: "orders_gateway_spans_total",
    help: "Spans that were exported, dropped for want of room, or failed: the collector did not take them. Sum over replicas.",
    labelNames: ["outcome"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(traces.counts)) this.inc({ outcome }, count);
    },
  });
}
