import type { TracingConfig } from "../config/tracing.ts";
import { createEpochClock } from "./epoch-clock.ts";
import type { Logger } from "./log.ts";
import type { SpanOutlet } from "./otlp.ts";
import { samplerOf } from "./sampling.ts";
import { traceIdOf } from "./trace-ids.ts";
import type { RemoteSpan } from "./traceparent.ts";

type SpanKind = "internal" | "server" | "client" | "producer";

/** A piece of the work on an order that is over. */
export interface OrderSpan {
  readonly orderId: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanId: string;
  /** Absent for the root. */
  readonly parent?: { readonly spanId: string; readonly isRemote: boolean };
  /** In milliseconds since the Unix epoch, by {@link Traces.now}. */
  readonly begun: number;
  readonly ended: number;
  /** By the names of OpenTelemetry's semantic conventions. */
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Why it failed. */
  readonly error?: string | undefined;
  /** Of which other trace this is a consequence. */
  readonly link?: RemoteSpan | undefined;
}

/** After a flush that ran out of time none is waited for, for so long, in milliseconds. */
const restMs = 30_000;

/**
 * The traces of orders: one for each order, which every process adds its spans to. Whoever has none of these traces
 * nothing. Whatever becomes of the collector, adding a span neither waits nor throws.
 */
export class Traces {
  /** Whether an order, by its id in lower case, is traced: to be asked before anything is made for its spans. */
  readonly isTraced: (orderId: string) => boolean;
  /** Milliseconds since the Unix epoch, with fractions. */
  readonly now = createEpochClock();
  readonly #outlet: SpanOutlet;
  #restsUntil = 0;

  constructor(outlet: SpanOutlet, share: number) {
    this.#outlet = outlet;
    this.isTraced = samplerOf(share);
  }

  add(span: OrderSpan): void {
    this.#outlet.add({ ...span, traceId: traceIdOf(span.orderId) });
  }

  /** How many spans were exported, were dropped for want of room, and were refused or not taken by the collector. */
  get counts(): SpanOutlet["counts"] {
    return this.#outlet.counts;
  }

  /**
   * Waits until what was added is exported, but no longer than this, in milliseconds. What is not exported by then goes
   * on in the background, and for a while nobody waits again.
   */
  async flush(timeoutMs: number): Promise<void> {
    if (performance.now() < this.#restsUntil) return;
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(resolve, timeoutMs, true);
    const isLate = await Promise.race([late, this.#outlet.flush().then(() => false)]);
    clearTimeout(timer);
    if (isLate) this.#restsUntil = performance.now() + restMs;
  }
}

/**
 * Starts the export of spans. Without an endpoint there is none: the SDK is not even loaded, and undefined is answered.
 *
 * @param service the process' `service.name`
 */
export async function startTraces(config: TracingConfig, service: string, log: Logger): Promise<Traces | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share } = config;
  if (endpoint === undefined) return undefined;
  const { createOutlet } = await import("./otlp.ts");
  return new Traces(createOutlet(endpoint, service, log), share);
}
