import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { ServiceDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { afterAll, beforeAll } from "vitest";
import { traceIdOf } from "../../core/telemetry/trace-ids.ts";

/** A span as a collector knows it. */
export interface CollectedSpan {
  /** `service.name` of its process. */
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: "internal" | "server" | "client" | "producer" | "consumer";
  /** In milliseconds since the Unix epoch. */
  readonly begun: number;
  readonly ended: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The message of a span that failed. */
  readonly error?: string;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

type Fields = Readonly<Record<string, unknown>>;

/** What the collector does with a request; it keeps the spans of those that it answers. */
type Manner = "answer" | "refuse" | "hang";

/** An OpenTelemetry collector that keeps what it gets: OTLP over HTTP, as JSON and as protobuf. */
export class TestCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: CollectedSpan[] = [];
  /** How many requests came, and in which encodings. */
  readonly contentTypes: string[] = [];
  manner: Manner = "answer";
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  static async start(): Promise<TestCollector> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TestCollector(server);
  }

  /** The spans of an order's trace, in the order of their beginnings. */
  trace(orderId: string): CollectedSpan[] {
    const traceId = traceIdOf(orderId);
    return this.spans.filter((span) => span.traceId === traceId).sort((one, other) => one.begun - other.begun);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const type = request.headers["content-type"] ?? "";
    this.contentTypes.push(type);
    if (request.method !== "POST" || request.url !== "/v1/traces") return void response.writeHead(404).end();
    if (this.manner === "hang") return;
    if (this.manner === "refuse") return void response.writeHead(400).end();
    const bytes = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    const isJson = type.startsWith("application/json");
    this.spans.push(...(isJson ? readSpans(JSON.parse(bytes.toString()), "hex") : readSpans(decode(bytes), "bytes")));
    response.setHeader("Content-Type", type);
    response.end(isJson ? "{}" : "");
  }
}

/** Gives the test file a collector. Use what is returned within tests and hooks only. */
export function useCollector(): TestCollector {
  const used = {} as { collector: TestCollector };
  beforeAll(async () => {
    used.collector = await TestCollector.start();
  });
  afterAll(() => used.collector?.stop());
  return new Proxy({} as TestCollector, {
    get: (_, name) => {
      const value = Reflect.get(used.collector, name) as unknown;
      return typeof value === "function" ? value.bind(used.collector) : value;
    },
    set: (_, name, value) => Reflect.set(used.collector, name, value),
  });
}

const definition = loadSync(fileURLToPath(new URL("otlp/trace.proto", import.meta.url)), { longs: String });
const service = definition["opentelemetry.proto.collector.trace.v1.TraceService"] as ServiceDefinition;

function decode(bytes: Buffer): Fields {
  return service.Export?.requestDeserialize(bytes) as Fields;
}

/** @param ids how the encoding writes ids: OTLP's JSON has them in hexadecimal */
function readSpans(request: Fields, ids: "hex" | "bytes"): CollectedSpan[] {
  const idOf = (value: unknown) => (ids === "hex" ? String(value ?? "") : (value as Buffer).toString("hex"));
  return list(request.resourceSpans).flatMap(({ resource, scopeSpans }) => {
    const { "service.name": service } = attributesOf((resource as Fields).attributes);
    return list(scopeSpans).flatMap(({ spans }) => list(spans).map((span) => readSpan(String(service), span, idOf)));
  });
}

const kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
const errorCode = 2;

function readSpan(service: string, span: Fields, idOf: (value: unknown) => string): CollectedSpan {
  const status = (span.status ?? {}) as Fields;
  return {
    service,
    traceId: idOf(span.traceId),
    spanId: idOf(span.spanId),
    parentSpanId: idOf(span.parentSpanId),
    name: String(span.name),
    kind: kinds[Number(span.kind)] as CollectedSpan["kind"],
    begun: Number(span.startTimeUnixNano) / 1e6,
    ended: Number(span.endTimeUnixNano) / 1e6,
    attributes: attributesOf(span.attributes),
    ...(status.code === errorCode && { error: String(status.message) }),
    links: list(span.links).map((link) => ({ traceId: idOf(link.traceId), spanId: idOf(link.spanId) })),
  };
}

function attributesOf(attributes: unknown): Record<string, unknown> {
  return Object.fromEntries(
    list(attributes).map(({ key, value }) => {
      const { stringValue, boolValue, intValue, doubleValue } = value as Fields;
      return [String(key), stringValue ?? boolValue ?? (intValue === undefined ? doubleValue : Number(intValue))];
    }),
  );
}

function list(value: unknown): Fields[] {
  return (value ?? []) as Fields[];
}
