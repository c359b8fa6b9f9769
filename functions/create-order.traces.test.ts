import { beforeEach, describe, expect, it } from "vitest";
import { derivedSpanId } from "../core/telemetry/trace-ids.ts";
import { useCollector } from "../test/harness/collector.ts";
import { useDatabase } from "../test/harness/database.ts";
import { send, useFunctions } from "../test/harness/http.ts";
import { rows } from "../test/harness/orders.ts";
import { useProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";

const mysql = useDatabase();
const redis = useRedis();
const toMysql = useProxy(() => mysql.url);
const toRedis = useProxy(() => redis.url);
const collector = useCollector();
const functions = useFunctions(() => ({
  ...{ MYSQL_URL: toMysql.proxy.url, REDIS_URL: toRedis.proxy.url, ENQUEUE_TIMEOUT_MS: "1000" },
  // As in a real Lambda, which is frozen once it has answered: what it has to tell is told before.
  ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, AWS_LAMBDA_FUNCTION_NAME: "orders-prod-createOrder" },
}));

const laptop = { item: "Laptop", quantity: 2, price: 1299.99 };
const post = (body: object, headers: Readonly<Record<string, string>> = {}) =>
  send(functions.createOrder, { method: "POST", path: "/orders", body, headers });
const postBatch = (orders: readonly object[]) =>
  send(functions.createOrders, { method: "POST", path: "/orders/batch", body: { orders } });

/** The spans of an order, each with whether its parent is the root. */
const spansOf = (id: string) =>
  collector.trace(id).map(({ name, kind, parentSpanId, service }) => {
    expect(service).toBe("orders-http");
    return [name, kind, parentSpanId === derivedSpanId(id, "create") ? "create order" : parentSpanId];
  });

const whole = [
  ["create order", "server", ""],
  ["INSERT orders", "client", "create order"],
  ["send orders:queue", "producer", "create order"],
];

beforeEach(async () => {
  await toMysql.proxy.up();
  await rows(mysql.database, "DELETE FROM orders");
  collector.spans.length = 0;
  collector.manner = "answer";
});

describe("an order that is posted", () => {
  it("begins its trace, which is told at once", async () => {
    const { body } = await post(laptop);
    // By themselves they would be sent after a second, in which a Lambda is frozen.
    await until("the spans are there", async () => collector.trace(body.id).length === 3, 600);
    expect(spansOf(body.id)).toEqual(whole);
    const [root, insert, sent] = collector.trace(body.id);
    expect(root!.spanId).toBe(derivedSpanId(body.id, "create"));
    expect(root!.attributes).toMatchObject({
      ...{ "http.request.method": "POST", "http.route": "/orders", "orders.order.id": body.id },
    });
    expect(insert!.attributes).toMatchObject({ "db.system.name": "mysql", "db.operation.batch.size": 1 });
    expect(sent!.attributes).toMatchObject({
      "messaging.system": "redis",
      "messaging.destination.name": "orders:queue",
    });
    expect(root!.begun).toBeLessThanOrEqual(insert!.begun);
    expect(insert!.ended).toBeLessThanOrEqual(sent!.begun);
    expect(sent!.ended).toBeLessThanOrEqual(root!.ended);
    expect(root).not.toHaveProperty("error");
  });

  it("is linked to its caller's trace, when that is a valid one", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const { body: linked } = await post(laptop, { traceparent });
    const { body: alone } = await post(laptop, { traceparent: "00-0-0-0" });
    await until("the spans are there", async () => collector.spans.length === 6);
    const [root, ...others] = collector.trace(linked.id);
    expect(root!.links).toEqual([{ traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" }]);
    for (const span of [...others, ...collector.trace(alone.id)]) expect(span.links).toEqual([]);
  });

  it("with a runAt is not enqueued", async () => {
    const { body } = await post({ ...laptop, runAt: new Date(Date.now() + 60_000).toISOString() });
    await until("the spans are there", async () => collector.trace(body.id).length === 2);
    expect(spansOf(body.id)).toEqual(whole.slice(0, 2));
  });

  it("that is replayed adds nothing to the trace of the first", async () => {
    const headers = { "Idempotency-Key": "cart-1" };
    const { body } = await post(laptop, headers);
    expect((await post(laptop, headers)).headers["idempotent-replayed"]).toBe("true");
    await post(laptop);
    await until("the last is there", async () => collector.spans.length >= 6);
    expect(spansOf(body.id)).toEqual(whole);
  });

  it("that MySQL does not take is a trace that failed", async () => {
    await toMysql.proxy.down();
    expect((await post(laptop)).status).toBe(503);
    await until("the spans are there", async () => collector.spans.length >= 2);
    const [root, insert] = [...collector.spans].sort((one, other) => one.begun - other.begun);
    expect(root).toMatchObject({ name: "create order", error: expect.stringContaining("MySQL is not available") });
    expect(insert).toMatchObject({ name: "INSERT orders", error: expect.stringContaining("MySQL is not available") });
  });
});

it("each order of a batch has a trace of its own", async () => {
  const { body } = await postBatch([laptop, { ...laptop, quantity: 0 }, { ...laptop, quantity: 3 }]);
  const ids = body.results.flatMap(({ order }: { order?: { id: string } }) => (order === undefined ? [] : [order.id]));
  expect(ids).toHaveLength(2);
  await until("the spans are there", async () => collector.spans.length === 6);
  for (const id of ids) {
    expect(spansOf(id)).toEqual(whole);
    const [root, insert] = collector.trace(id);
    expect(root!.attributes).toMatchObject({ "http.route": "/orders/batch", "orders.batch.size": 2 });
    expect(insert!.attributes).toMatchObject({ "db.operation.batch.size": 2 });
  }
});

it("an order that Redis does not take says so, and is created all the same", async () => {
  await toRedis.proxy.down();
  const { body, status } = await post(laptop);
  expect(status).toBe(201);
  await until("the spans are there", async () => collector.trace(body.id).length === 3);
  expect(collector.trace(body.id).at(-1)).toMatchObject({
    name: "send orders:queue",
    error: expect.stringMatching("the relay"),
  });
  await toRedis.proxy.up();
});

it("a collector that never answers holds up one answer by a moment, and the others not at all", async () => {
  collector.manner = "hang";
  expect((await post(laptop)).status).toBe(201);
  const times: number[] = [];
  for (let count = 0; count < 10; count++) {
    const at = performance.now();
    expect((await post(laptop)).status).toBe(201);
    times.push(performance.now() - at);
  }
  expect(Math.min(...times)).toBeLessThan(45);
});
