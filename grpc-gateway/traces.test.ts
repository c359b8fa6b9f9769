import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Queue } from "../core/queue/queue.ts";
import { derivedSpanId } from "../core/telemetry/trace-ids.ts";
import { startTraces, type Traces } from "../core/telemetry/traces.ts";
import { useCollector } from "../test/harness/collector.ts";
import { useDatabase } from "../test/harness/database.ts";
import { silent, TestWorker, testPolicy } from "../test/harness/gateway.ts";
import { rows, setDue, storeOrders } from "../test/harness/orders.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";
import { Relay } from "./relay.ts";
import { GatewayServer } from "./server.ts";
import { GatewayTraces } from "./traces.ts";

const { database, gateway } = useDatabase();
const redis = useRedis();
const collector = useCollector();

/** A gateway that traces a share of the orders, and its relay, which is turned by hand. */
async function gatewayAt(share: number) {
  const config = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: share };
  const spans = (await startTraces(config, "orders-gateway", silent)) as Traces;
  const queue = new Queue(redis.url, 2_000);
  await until("Redis is connected", () => queue.ping().then(() => true));
  const all = { database: gateway, queue, policy: testPolicy, log: silent, traces: new GatewayTraces(spans) };
  const server = new GatewayServer(all);
  const alice = new TestWorker(await server.listen("127.0.0.1:0"), "alice");
  const stop = async () => {
    alice.close();
    await server.stop(1_000);
    queue.close();
  };
  return { spans, alice, stop, relay: new Relay({ ...all, intervalMs: 1_000, graceMs: 0 }) };
}

let all: Awaited<ReturnType<typeof gatewayAt>>;
let half: Awaited<ReturnType<typeof gatewayAt>>;

beforeAll(async () => {
  all = await gatewayAt(1);
  half = await gatewayAt(0.5);
});
afterAll(async () => {
  await all.stop();
  await half.stop();
});
beforeEach(async () => {
  await redis.redis.flushdb();
  await rows(database, "DELETE FROM orders");
  collector.spans.length = 0;
});

/** The spans of an order as one sees them in a tree: each with the name of its parent, or the id where it is unknown. */
async function tree(orderId: string) {
  await all.spans.flush(5_000);
  const spans = collector.trace(orderId);
  const nameOf = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  return spans.map(({ name, kind, parentSpanId }) => [name, kind, nameOf.get(parentSpanId) ?? parentSpanId]);
}

describe("an update that is applied", () => {
  test("is a span under the worker's call, and its transaction one under it", async () => {
    const [order] = await storeOrders(database, 1);
    const id = order!.id;
    await all.alice.claim(id);
    await all.alice.complete(id, 1);
    expect(await tree(id)).toEqual([
      ["apply claim", "server", derivedSpanId(id, "attempt/1/claim")],
      ["UPDATE orders", "client", "apply claim"],
      ["apply completed", "server", derivedSpanId(id, "attempt/1/completed")],
      ["UPDATE orders", "client", "apply completed"],
    ]);
    const [claim, update] = collector.trace(id);
    expect(claim).toMatchObject({
      service: "orders-gateway",
      attributes: {
        ...{ "rpc.system": "grpc", "orders.order.id": id, "orders.attempt": 1, "orders.worker.id": "alice" },
      },
    });
    expect(update!.attributes).toMatchObject({ "db.system.name": "mysql", "db.operation.batch.size": 1 });
    expect(claim!.begun).toBeLessThanOrEqual(update!.begun);
    expect(update!.ended).toBeLessThanOrEqual(claim!.ended);
    expect(Math.abs(claim!.ended - Date.now())).toBeLessThan(60_000);
  });

  test("is named after what the worker reports", async () => {
    const [failing, given] = await storeOrders(database, 2);
    await all.alice.claim(failing!.id, given!.id);
    await all.alice.fail(failing!.id, 1, "the bank is closed", true);
    await all.alice.release(given!.id, 1);
    expect(await tree(failing!.id)).toContainEqual([
      "apply failed",
      "server",
      derivedSpanId(failing!.id, "attempt/1/failed"),
    ]);
    expect(await tree(given!.id)).toContainEqual([
      "apply released",
      "server",
      derivedSpanId(given!.id, "attempt/1/released"),
    ]);
  });

  test("tells how many were in its transaction", async () => {
    const orders = await storeOrders(database, 3);
    await all.alice.claim(...orders.map(({ id }) => id));
    await all.spans.flush(5_000);
    const sizes = orders.map(({ id }) =>
      collector.trace(id).map(({ attributes }) => attributes["db.operation.batch.size"]),
    );
    expect(sizes).toEqual(Array(3).fill([undefined, 3]));
  });
});

test("updates that change nothing, and renewals, are no spans", async () => {
  const [order] = await storeOrders(database, 1);
  const id = order!.id;
  await all.alice.claim(id);
  await all.alice.claim(id);
  await all.alice.send(all.alice.update(id, { attempt: 1 }));
  await all.alice.complete(id, 7);
  expect((await tree(id)).map(([name]) => name)).toEqual(["apply claim", "UPDATE orders"]);
});

test("orders that are not among the share have no spans", async () => {
  const ids = ["01a2090f-79ac-7a03-967f-ffffffffffff", "01a2090f-79ac-7a03-9680-000000000000"];
  await rows(
    database,
    `INSERT INTO orders (id, item, quantity, price, status, due_at, created_at, updated_at)
    SELECT UUID_TO_BIN(id), 'Laptop', 2, 1, 'pending', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)
    FROM (SELECT ? AS id UNION SELECT ?) AS ids`,
    ids,
  );
  await half.alice.claim(...ids);
  await half.spans.flush(5_000);
  expect(ids.map((id) => collector.trace(id).length)).toEqual([0, 2]);
});

describe("what the relay repairs", () => {
  test("is a span under the order's creation, or under the attempt whose lease expired", async () => {
    const [due] = await storeOrders(database, 1, { runAt: new Date(Date.now() + 60_000) });
    const [expired, lost] = await storeOrders(database, 2);
    await all.relay.round();
    await all.alice.claim(expired!.id);
    await setDue(database, [due!.id, expired!.id], -1);
    await setDue(database, [lost!.id], -5_000);
    await all.relay.round();
    expect(await tree(due!.id)).toEqual([["enqueue due", "internal", derivedSpanId(due!.id, "create")]]);
    expect(await tree(lost!.id)).toEqual([["enqueue again", "internal", derivedSpanId(lost!.id, "create")]]);
    expect(await tree(expired!.id)).toContainEqual([
      ...["lease expired", "internal", derivedSpanId(expired!.id, "attempt/1")],
    ]);
    expect(collector.trace(expired!.id).at(-1)).toMatchObject({
      error: "lease expired: worker alice was not heard of",
      attributes: { "orders.worker.id": "alice", "orders.attempt": 1, "orders.status": "pending" },
    });
  });
});
