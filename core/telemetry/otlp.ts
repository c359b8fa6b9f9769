import { randomUUID } from "node:crypto";
import { type HrTime, type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace";
import type { Logger } from "./log.ts";
import type { OrderSpan } from "./traces.ts";

// Nobody imports this statically: without traces the SDK is not loaded.

/** Spans that may wait for the collector; more are dropped. About a kilobyte each. */
const maxWaiting = 8_192;

/** How many go in one request, and how long one waits for others, in milliseconds. */
const batchSize = 512;
const delayMs = 1_000;

/** How long the collector may take for a request, with all tries, in milliseconds. */
const exportTimeoutMs = 5_000;

type Exported = Parameters<Parameters<SpanExporter["export"]>[1]>[0];

/** Where spans go: in the background, bounded, and counted. */
export interface SpanOutlet {
  readonly counts: { readonly exported: number; readonly dropped: number; readonly failed: number };
  /** Neither waits nor throws. */
  add(span: OrderSpan & { readonly traceId: string }): void;
  /** Ends when what was added is exported or given up. Never throws. */
  flush(): Promise<void>;
}

/** @param endpoint the collector's base URL: the path of OTLP over HTTP is added */
export function createOutlet(endpoint: string, service: string, log: Logger): SpanOutlet {
  const counts = { exported: 0, dropped: 0, failed: 0 };
  const resource = resourceOf(service);
  // Headers, compression and certificates the exporter takes from OpenTelemetry's own variables.
  const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: exportTimeoutMs });
  let waiting = 0;
  let isFailing = false;
  const note = (count: number, { code, error }: Exported) => {
    const isFailed = code !== 0;
    waiting -= count;
    counts[isFailed ? "failed" : "exported"] += count;
    if (isFailed === isFailing) return;
    isFailing = isFailed;
    if (isFailed) log.warn({ err: error, ...counts }, "spans are lost: the collector does not take them");
    else log.info({ ...counts }, "the collector takes spans again");
  };
  const processor = new BatchSpanProcessor({
    exporter: counting(exporter, note),
    ...{ maxQueueSize: maxWaiting, maxExportBatchSize: batchSize, scheduledDelayMillis: delayMs },
    exportTimeoutMillis: 2 * exportTimeoutMs,
  });
  return {
    counts,
    add: (span) => {
      if (waiting >= maxWaiting) counts.dropped += 1;
      else {
        waiting += 1;
        processor.onEnd(readable(span, resource));
      }
    },
    flush: () => processor.forceFlush().catch(() => {}),
  };
}

function counting(exporter: SpanExporter, note: (count: number, result: Exported) => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        note(spans.length, result);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

function resourceOf(service: string): Resource {
  const own = { "service.name": service, "service.namespace": "orders", "service.instance.id": randomUUID() };
  return defaultResource().merge(resourceFromAttributes(own));
}

/** OpenTelemetry Protocol Exporter, "Endpoint URLs for OTLP/HTTP": relative to a base URL with a path of its own. */
function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, "")}/v1/traces`;
}

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
} as const;

const scope = { name: "orders" };

/** A span as the SDK would have made it. It makes none with an id that was chosen. */
function readable(span: OrderSpan & { readonly traceId: string }, resource: Resource): ReadableSpan {
  const { traceId, spanId, parent, error, link } = span;
  const context: SpanContext = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
  return {
    ...{ name: span.name, kind: kinds[span.kind], attributes: span.attributes, resource },
    spanContext: () => context,
    ...(parent !== undefined && { parentSpanContext: { ...context, ...parent } }),
    startTime: hrTime(span.begun),
    endTime: hrTime(span.ended),
    duration: hrTime(span.ended - span.begun),
    ended: true,
    status: error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: error },
    links: link === undefined ? [] : [{ context: { ...link, traceFlags: link.flags, isRemote: true } }],
    ...{ events: [], instrumentationScope: scope },
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.trunc((ms - seconds * 1_000) * 1e6)];
}
