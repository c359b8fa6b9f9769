import { describe, expect, test } from "vitest";
import { traceIdOf } from "../../core/telemetry/trace-ids.ts";
import { type CollectedSpan, useCollector } from "../harness/collector.ts";
import { useSystem } from "../harness/system.ts";
import { until } from "../harness/until.ts";

const collector = useCollector();
const system = useSystem({
  // A worker whose orders can fail as their item says; its chain has the steps simulation, poison and effect.
  WORKER_BUILD_TAGS: "chaos",
  /** Asked for when the system starts: the collector runs by then. */
  get OTEL_EXPORTER_OTLP_ENDPOINT() {
    return collector.url;
  },
});

/** All spans that are about an order, each under its parent and in the order of their beginnings: a line for each. */
function drawn(orderId: string): string[] {
  const spans = collector.spans
    .filter(({ attributes, traceId }) => attributes["orders.order.id"] === orderId || traceId === traceIdOf(orderId))
    .sort((one, other) => one.begun - other.begun);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  expect(ids.size).toBe(spans.length);
  const draw = (span: CollectedSpan): string[] => [
    describeSpan(span),
    ...under(...spans.filter(({ parentSpanId }) => parentSpanId === span.spanId).flatMap(draw)),
  ];
  return spans.filter(({ parentSpanId }) => !ids.has(parentSpanId)).flatMap(draw);
}

function describeSpan({ service, name, kind, error, parentSpanId, traceId }: CollectedSpan): string {
  const root = parentSpanId === "" ? `, the root of ${traceId}` : "";
  return `${service}: ${name} (${kind})${root}${error === undefined ? "" : `, failed: ${error}`}`;
}

const under = (...lines: string[]) => lines.map((line) => `  ${line}`);

/** A call of the worker, what the gateway makes of it, and the transaction that this is part of. */
const call = (name: string, applied: string) => [
  `orders-worker: ${name} (client)`,
  `  orders-gateway: apply ${applied} (server)`,
  "    orders-gateway: UPDATE orders (client)",
];

const step = (name: string, error = "") => `orders-worker: step ${name} (internal)${error && `, failed: ${error}`}`;

const success = [
  "orders-worker: process order (consumer)",
  ...under(
    ...call("claim", "claim"),
    step("simulation"),
    step("poison"),
    step("effect"),
    ...call("report", "completed"),
  ),
];

const created = (orderId: string, ...work: string[]) => [
  `orders-http: create order (server), the root of ${traceIdOf(orderId)}`,
  ...under("orders-http: INSERT orders (client)", "orders-http: send orders:queue (producer)", ...work),
];

async function completed(orderId: string): Promise<void> {
  await until(
    "it is completed",
    async () => (await system.get(`/orders/${orderId}`)).body.status === "completed",
    30_000,
  );
}

/** Waits for a tree; every process tells of its spans within a second or two, one after the other. */
async function expectTree(orderId: string, tree: readonly string[]): Promise<void> {
  const told = until("all spans are there", async () => collector.trace(orderId).length >= tree.length, 20_000);
  // What is missing is better told by the comparison.
  await told.catch(() => {});
  expect(drawn(orderId)).toEqual(tree);
}

describe("an order is one trace, whose id is the order's", () => {
  test("from its POST to its completion", async () => {
    const { body } = await system.post();
    await completed(body.id);
    await expectTree(body.id, created(body.id, ...success));
    // The worker speaks protobuf, the others JSON.
    expect(new Set(collector.contentTypes)).toEqual(new Set(["application/json", "application/x-protobuf"]));
  });

  test("with every attempt, of which the first failed", async () => {
    const { body } = await system.post({ item: "poison:flaky", quantity: 1, price: 1 });
    await completed(body.id);
    const reason = "not at the first attempt";
    const failure = [
      `orders-worker: process order (consumer), failed: poison: ${reason}`,
      ...under(...call("claim", "claim"), step("simulation"), step("poison", reason), ...call("report", "failed")),
    ];
    const again = "orders-gateway: enqueue due (internal)";
    await expectTree(body.id, created(body.id, ...failure, again, ...success));
    const { body: order } = await system.get(`/orders/${body.id}`);
    const attempts = collector.trace(body.id).filter(({ name }) => name === "process order");
    expect(attempts.map(({ attributes }) => attributes["orders.attempt"])).toEqual([1, 2]);
    expect(attempts[0]?.attributes["orders.worker.id"]).toBe(order.history[1].worker);
  });

  test("also for each of a batch", async () => {
    const orders = Array.from({ length: 20 }, (_, index) => ({ item: "Laptop", quantity: index + 1, price: 1 }));
    const headers = { "Content-Type": "application/json" };
    const { body } = await system.request("/orders/batch", {
      method: "POST",
      headers,
      body: JSON.stringify({ orders }),
    });
    const ids: string[] = body.results.map(({ order }: { order: { id: string } }) => order.id);
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) {
      await completed(id);
      await expectTree(id, created(id, ...success));
    }
  });
});

test("a caller's own trace is linked, not continued", async () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const { body } = await system.post(undefined, { traceparent });
  await completed(body.id);
  await expectTree(body.id, created(body.id, ...success));
  const [root] = collector.trace(body.id);
  expect(root?.links).toEqual([{ traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" }]);
});

test("a collector that hangs keeps no order from being taken and completed", async () => {
  collector.manner = "hang";
  try {
    const begun = performance.now();
    const { status, body } = await system.post();
    expect(status).toBe(201);
    expect(performance.now() - begun).toBeLessThan(2_000);
    await completed(body.id);
  } finally {
    collector.manner = "answer";
  }
});
