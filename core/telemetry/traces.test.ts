import { pino } from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../../infra/local/ports.ts";
import { useCollector } from "../../test/harness/collector.ts";
import { until } from "../../test/harness/until.ts";
import { type OrderSpan, startTraces, type Traces } from "./traces.ts";

const collector = useCollector();
const orderId = "01a2090f-79ac-7a03-964f-3256223620c7";

const span: OrderSpan = {
  ...{ orderId, name: "INSERT orders", kind: "client", spanId: "1111111111111111" },
  parent: { spanId: "313e37bfe59b4459", isRemote: false },
  ...{ begun: 1_795_881_600_123.5, ended: 1_795_881_601_124.75 },
  attributes: { "db.system.name": "mysql", "db.operation.batch.size": 500 },
};

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly failed?: number;
}

/** Traces that are sent to a collector, and what is said of them. */
async function tracesTo(endpoint: string, share = 1): Promise<{ traces: Traces; lines: Line[] }> {
  const lines: Line[] = [];
  const log = pino({ level: "info" }, { write: (text: string) => lines.push(JSON.parse(text)) });
  const config = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share };
  const traces = await startTraces(config, "orders-test", log);
  if (traces === undefined) throw new Error("nothing is traced");
  return { traces, lines };
}

beforeEach(() => {
  collector.spans.length = 0;
  collector.manner = "answer";
});

it("without an endpoint nothing is traced", async () => {
  const log = pino({ level: "silent" });
  expect(await startTraces({ OTEL_TRACES_SAMPLER_ARG: 1 }, "orders-test", log)).toBeUndefined();
});

describe("a collector", () => {
  it("gets spans as they are", async () => {
    const { traces, lines } = await tracesTo(collector.url);
    traces.add(span);
    await traces.flush(5_000);
    expect(collector.trace(orderId)).toEqual([
      {
        ...{ service: "orders-test", traceId: "01a2090f79ac7a03964f3256223620c7", spanId: "1111111111111111" },
        ...{ parentSpanId: "313e37bfe59b4459", name: "INSERT orders", kind: "client", links: [] },
        ...{ begun: span.begun, ended: span.ended, attributes: span.attributes },
      },
    ]);
    expect(traces.counts).toEqual({ exported: 1, dropped: 0, failed: 0 });
    expect(lines).toEqual([]);
  });

  it("gets failures, roots and links", async () => {
    const { traces } = await tracesTo(`${collector.url}/`);
    const link = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", flags: 1 };
    const { parent: _, ...root } = span;
    traces.add({ ...root, error: "MySQL is not available", link });
    await traces.flush(5_000);
    expect(collector.trace(orderId)).toMatchObject([
      { parentSpanId: "", error: "MySQL is not available", links: [{ traceId: link.traceId, spanId: link.spanId }] },
    ]);
  });

  it("gets spans by themselves, without anybody's waiting", async () => {
    const { traces } = await tracesTo(collector.url);
    traces.add(span);
    await until("it has the span", async () => collector.trace(orderId).length === 1);
  });

  it("that refuses spans is told of once, and once when it takes them again", async () => {
    const { traces, lines } = await tracesTo(collector.url);
    collector.manner = "refuse";
    for (let count = 0; count < 3; count++) {
      traces.add(span);
      await traces.flush(5_000);
    }
    collector.manner = "answer";
    traces.add(span);
    await traces.flush(5_000);
    expect(traces.counts).toEqual({ exported: 1, dropped: 0, failed: 3 });
    expect(lines.map(({ msg, failed }) => [msg, failed])).toEqual([
      ["spans are lost: the collector does not take them", 1],
      ["the collector takes spans again", 3],
    ]);
  });

  it("that never answers is waited for once, as long as that may take", async () => {
    const { traces } = await tracesTo(collector.url);
    collector.manner = "hang";
    traces.add(span);
    const begun = performance.now();
    await traces.flush(50);
    const waited = performance.now() - begun;
    expect(waited).toBeGreaterThan(40);
    expect(waited).toBeLessThan(1_000);
    traces.add(span);
    const again = performance.now();
    await traces.flush(60_000);
    expect(performance.now() - again).toBeLessThan(40);
  });
});

describe.each([
  ["that is not there", async () => `http://127.0.0.1:${await freePort()}`],
  ["that never answers", async () => collector.url],
])("a collector %s", (_, endpoint) => {
  it("costs a bounded memory, and what is lost is counted", async () => {
    collector.manner = "hang";
    const { traces, lines } = await tracesTo(await endpoint());
    const added = 20_000;
    const begun = performance.now();
    for (let count = 0; count < added; count++) traces.add(span);
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(traces.counts.dropped).toBe(added - 8_192);
    await until("a batch was given up", async () => traces.counts.failed > 0, 20_000);
    expect(traces.counts.exported).toBe(0);
    expect(lines).toMatchObject([{ level: 40, msg: "spans are lost: the collector does not take them" }]);
  });
});
