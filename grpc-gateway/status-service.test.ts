import { credentials, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Database, forBatches } from "../core/db/database.ts";
import { OrderStatus, OrderStatusServiceClient, Outcome, RejectionReason } from "../core/gen/orders/v1/orders.ts";
import { Queue } from "../core/queue/queue.ts";
import { useDatabase } from "../test/harness/database.ts";
import { silent, TestWorker, testPolicy } from "../test/harness/gateway.ts";
import { rows, setDue, storedHistory, storedState, storeOrders } from "../test/harness/orders.ts";
import { NetworkProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";
import { asUser } from "../test/harness/users.ts";
import { applyUpdates } from "./apply.ts";
import { GatewayServer } from "./server.ts";

const { database, gateway, url } = useDatabase();
const redis = useRedis();
let queue: Queue;
let server: GatewayServer;
let alice: TestWorker;
let bob: TestWorker;

beforeAll(async () => {
  queue = new Queue(redis.url, 2_000);
  server = new GatewayServer({ database: gateway, queue, policy: testPolicy, log: silent });
  const port = await server.listen("127.0.0.1:0");
  alice = new TestWorker(port, "alice");
  bob = new TestWorker(port, "bob");
});

afterAll(async () => {
  alice.close();
  bob.close();
  await server.stop(1_000);
  queue.close();
});

/** A new order that is stored and pending. */
async function pendingOrder() {
  const [order] = await storeOrders(database, 1);
  return order!;
}

/** How many entries of the queue are about this order, and say nothing but that. */
async function entriesFor({ id }: { id: string }): Promise<number> {
  const entries = await redis.redis.xrange("orders:queue", "-", "+");
  return entries.filter(([, fields]) => fields.join() === ["orderId", id, "quantity", "2"].join()).length;
}

/** A new order that alice holds at attempt 1. */
async function heldOrder() {
  const order = await pendingOrder();
  await alice.claim(order.id);
  return order;
}

describe("a claim", () => {
  test("gives the order, its attempt and its lease to the worker", async () => {
    const order = await pendingOrder();
    const [result] = await alice.claim(order.id);
    expect(result).toEqual({
      orderId: order.id,
      outcome: Outcome.APPLIED,
      rejectionReason: RejectionReason.UNSPECIFIED,
      detail: "",
      status: OrderStatus.PROCESSING,
      attempt: 1,
      leaseMs: 10_000,
      holdLimit: 0,
      order: {
        id: order.id,
        item: "Laptop",
        quantity: 2,
        priceCents: 129_999,
        createdAtUnixMs: order.createdAt.getTime(),
      },
    });
    const state = await storedState(database, order.id);
    expect(state).toMatchObject({ status: "processing", attempt: 1, failures: 0, version: 1, workerId: "alice" });
    expect(state.dueInMs).toBeGreaterThan(8_000);
    expect(await storedHistory(database, order.id)).toEqual([
      { seq: 1, status: "processing", attempt: 1, worker: "alice", reason: null },
    ]);
  });

  test("repeated by the holder is a duplicate with the same attempt, and begins the lease anew", async () => {
    const order = await heldOrder();
    await setDue(database, [order.id], 100);
    const [again] = await alice.claim(order.id);
    expect(again).toMatchObject({ outcome: Outcome.DUPLICATE, attempt: 1, leaseMs: 10_000, order: { id: order.id } });
    const state = await storedState(database, order.id);
    expect(state).toMatchObject({ attempt: 1, version: 1 });
    expect(state.dueInMs).toBeGreaterThan(8_000);
    expect(await storedHistory(database, order.id)).toHaveLength(1);
  });

  test("by another worker is refused", async () => {
    const order = await heldOrder();
    const [result] = await bob.claim(order.id);
    expect(result).toMatchObject({
      outcome: Outcome.REJECTED,
      rejectionReason: RejectionReason.HELD_BY_ANOTHER_WORKER,
      status: OrderStatus.PROCESSING,
      order: undefined,
      leaseMs: 0,
      holdLimit: 0,
    });
    expect(await storedState(database, order.id)).toMatchObject({ workerId: "alice", version: 1 });
  });

  test("by 20 workers at once is won by exactly one", async () => {
    const order = await pendingOrder();
    const claims = Array.from({ length: 20 }, (_, n) =>
      alice.send(alice.update(order.id, { workerId: `worker-${n}` })),
    );
    const outcomes = (await Promise.all(claims)).map(([result]) => result?.outcome);
    expect(outcomes.filter((outcome) => outcome === Outcome.APPLIED)).toHaveLength(1);
    expect(await storedHistory(database, order.id)).toHaveLength(1);
  });

  test("of an order that is done or unknown is refused", async () => {
    const order = await heldOrder();
    await alice.complete(order.id, 1);
    const unknown = "01a20900-1f5b-7964-b1b6-000000000000";
    const results = await bob.claim(order.id, unknown);
    expect(results.map((result) => result.rejectionReason)).toEqual([
      RejectionReason.ILLEGAL_TRANSITION,
      RejectionReason.NOT_FOUND,
    ]);
    expect(results[1]).toMatchObject({ orderId: unknown, status: OrderStatus.UNSPECIFIED });
  });
});

describe("a claim of an order that was lost with its worker", () => {
  test("is granted to a worker that has made room for it, and leaves it pending before", async () => {
    const order = await pendingOrder();
    const reason = "lease expired: worker carol was not heard of";
    await rows(database, "UPDATE orders SET failures = 3, reason = ? WHERE id = UUID_TO_BIN(?)", [reason, order.id]);
    const refused = {
      ...{ outcome: Outcome.REJECTED, rejectionReason: RejectionReason.HOLD_LIMITED, holdLimit: 10 },
      ...{ status: OrderStatus.PENDING, attempt: 0, order: undefined, leaseMs: 0 },
    };
    expect(await alice.claim(order.id)).toMatchObject([refused]);
    expect(await alice.send(alice.update(order.id, { holdLimit: 11 }))).toMatchObject([refused]);
    expect(await storedState(database, order.id)).toMatchObject({ status: "pending", attempt: 0, version: 0 });
    await expect(alice.sendOne(alice.update(order.id))).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: expect.stringContaining("hold_limit 10"),
    });

    const [claimed] = await alice.send(alice.update(order.id, { holdLimit: 10 }));
    expect(claimed).toMatchObject({ outcome: Outcome.APPLIED, attempt: 1, leaseMs: 10_000, holdLimit: 0 });
    expect(await storedState(database, order.id)).toMatchObject({
      status: "processing",
      failures: 3,
      workerId: "alice",
    });
  });
});

describe("a renewal", () => {
  test("prolongs the lease and tells nothing to the history", async () => {
    const order = await heldOrder();
    await setDue(database, [order.id], -500);
    const [result] = await alice.send(alice.update(order.id, { attempt: 1 }));
    expect(result).toMatchObject({ outcome: Outcome.APPLIED, attempt: 1, leaseMs: 10_000, order: undefined });
    const state = await storedState(database, order.id);
    expect(state.dueInMs).toBeGreaterThan(8_000);
    expect(state.version).toBe(1);
    expect(await storedHistory(database, order.id)).toHaveLength(1);
  });
});

describe("a completion", () => {
  test("ends the order, and repeated it is a duplicate", async () => {
    const order = await heldOrder();
    expect(await alice.complete(order.id, 1)).toMatchObject({
      outcome: Outcome.APPLIED,
      status: OrderStatus.COMPLETED,
    });
    expect(await alice.complete(order.id, 1)).toMatchObject({
      outcome: Outcome.DUPLICATE,
      status: OrderStatus.COMPLETED,
    });
    expect(await storedState(database, order.id)).toMatchObject({ status: "completed", dueInMs: null, version: 2 });
    expect(await storedHistory(database, order.id)).toEqual([
      { seq: 1, status: "processing", attempt: 1, worker: "alice", reason: null },
      { seq: 2, status: "completed", attempt: 1, worker: "alice", reason: null },
    ]);
  });

  test("of an older attempt is fenced off, also by the same worker", async () => {
    const order = await heldOrder();
    await alice.release(order.id, 1);
    await alice.claim(order.id);
    expect(await alice.complete(order.id, 1)).toMatchObject({
      outcome: Outcome.REJECTED,
      rejectionReason: RejectionReason.STALE_ATTEMPT,
      attempt: 2,
    });
    expect(await storedState(database, order.id)).toMatchObject({ status: "processing", attempt: 2 });
  });

  test("with the right attempt by a worker that does not hold the order is refused", async () => {
    const order = await heldOrder();
    expect(await bob.complete(order.id, 1)).toMatchObject({
      rejectionReason: RejectionReason.HELD_BY_ANOTHER_WORKER,
    });
    expect(await storedState(database, order.id)).toMatchObject({ status: "processing" });
  });
});

describe("a failure", () => {
  test("that can be retried backs off, keeps its reason and counts", async () => {
    const order = await heldOrder();
    const result = await alice.fail(order.id, 1, "the bank is closed", true);
    expect(result).toMatchObject({ outcome: Outcome.APPLIED, status: OrderStatus.SCHEDULED });
    expect(await alice.fail(order.id, 1, "the bank is closed", true)).toMatchObject({ outcome: Outcome.DUPLICATE });
    const state = await storedState(database, order.id);
    expect(state).toMatchObject({
      status: "scheduled",
      failures: 1,
      reason: "the bank is closed",
      attemptEnd: "failed",
    });
    expect(state.dueInMs).toBeGreaterThan(0);
    expect(state.dueInMs).toBeLessThanOrEqual(500);
  });

  test("that is permanent ends the order at once", async () => {
    const order = await heldOrder();
    expect(await alice.fail(order.id, 1, "no such item", false)).toMatchObject({ status: OrderStatus.FAILED });
    expect(await storedState(database, order.id)).toMatchObject({ status: "failed", failures: 1, dueInMs: null });
    expect((await storedHistory(database, order.id)).at(-1)).toEqual({
      seq: 2,
      status: "failed",
      attempt: 1,
      worker: "alice",
      reason: "no such item",
    });
  });

  test("is cut to the first 1,000 characters of its reason and never fails its batch", async () => {
    const [first, second] = [await heldOrder(), await heldOrder()];
    const long = "🙂".repeat(3_000);
    const results = await alice.send(
      alice.update(first.id, { status: OrderStatus.FAILED, attempt: 1, reason: long }),
      alice.update(second.id, { status: OrderStatus.COMPLETED, attempt: 1 }),
    );
    expect(results.map((result) => result.outcome)).toEqual([Outcome.APPLIED, Outcome.APPLIED]);
    expect((await storedState(database, first.id)).reason).toBe("🙂".repeat(1_000));
  });
});

describe("a release", () => {
  test("gives the order back to the queue at once, with no failure counted", async () => {
    const order = await heldOrder();
    await redis.redis.flushdb();
    expect(await alice.release(order.id, 1)).toMatchObject({ outcome: Outcome.APPLIED, status: OrderStatus.PENDING });
    expect(await alice.release(order.id, 1)).toMatchObject({ outcome: Outcome.DUPLICATE });
    expect(await storedState(database, order.id)).toMatchObject({ status: "pending", attempt: 1, failures: 0 });
    expect(await entriesFor(order)).toBeGreaterThan(0);
  });

  test("whose commit loses its answer is a duplicate, and yet in the queue", async () => {
    const proxy = await NetworkProxy.start(url);
    const far = new Database({
      url: asUser("gateway", proxy.url),
      connections: 1,
      timeoutMs: 10_000,
      ...forBatches,
    });
    onTestFinished(async () => {
      await far.close();
      await proxy.down();
    });
    const order = await heldOrder();
    await redis.redis.flushdb();
    // Connected first: the session's preparation speaks of READ-COMMITTED.
    await rows(far, "SELECT 1");
    proxy.loseAnswer("COMMIT");
    const update = { type: "release", workerId: "alice", attempt: 1 } as const;
    const dependencies = { database: far, queue, policy: testPolicy, log: silent };
    const [result] = await applyUpdates(dependencies, [{ orderId: order.id, update }]);
    expect(result?.decision.outcome).toBe("duplicate");
    expect(await storedState(database, order.id)).toMatchObject({ status: "pending", version: 2 });
    expect(await entriesFor(order)).toBe(1);
  });

  test("sent again after the order went on does not enqueue it again", async () => {
    const order = await heldOrder();
    await alice.release(order.id, 1);
    await rows(database, "UPDATE orders SET status = 'cancelled', due_at = NULL WHERE id = UUID_TO_BIN(?)", [order.id]);
    await redis.redis.flushdb();
    expect(await alice.release(order.id, 1)).toMatchObject({ outcome: Outcome.DUPLICATE });
    expect(await entriesFor(order)).toBe(0);
  });
});

describe("a batch", () => {
  test("answers each update in order, and a malformed one harms none of the others", async () => {
    const order = await pendingOrder();
    const held = await heldOrder();
    const results = await alice.send(
      alice.update("not-a-uuid"),
      alice.update(order.id),
      alice.update(order.id, { workerId: "" }),
      alice.update(held.id, { status: OrderStatus.SCHEDULED, attempt: 1 }),
      alice.update(held.id, { status: OrderStatus.COMPLETED, attempt: 0 }),
      alice.update(held.id, { status: OrderStatus.COMPLETED, attempt: 1 }),
    );
    expect(results.map(({ orderId }) => orderId)).toEqual([
      "not-a-uuid",
      order.id,
      order.id,
      held.id,
      held.id,
      held.id,
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual([
      Outcome.REJECTED,
      Outcome.APPLIED,
      Outcome.REJECTED,
      Outcome.REJECTED,
      Outcome.REJECTED,
      Outcome.APPLIED,
    ]);
    expect(results.map(({ detail }) => detail.split(":")[0])).toEqual([
      "order_id",
      "",
      "worker_id",
      "status",
      "attempt",
      "",
    ]);
  });

  test("applies several updates for one order one after the other", async () => {
    const order = await pendingOrder();
    const results = await alice.send(
      alice.update(order.id),
      alice.update(order.id.toUpperCase(), { status: OrderStatus.COMPLETED, attempt: 1 }),
      alice.update(order.id, { status: OrderStatus.COMPLETED, attempt: 1 }),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual([Outcome.APPLIED, Outcome.APPLIED, Outcome.DUPLICATE]);
    expect(await storedHistory(database, order.id)).toHaveLength(2);
  });

  test("writes the last of an order's states, although another order comes to the same in fewer steps", async () => {
    const [held, fresh] = [await heldOrder(), await pendingOrder()];
    const release = { status: OrderStatus.PENDING, attempt: 1 };
    const again = ({ id }: { id: string }) => [alice.update(id, release), alice.update(id)];
    await alice.send(...again(held), alice.update(fresh.id), ...again(fresh));
    for (const { id } of [held, fresh]) {
      expect(await storedState(database, id)).toMatchObject({ status: "processing", attempt: 2, version: 3 });
      const history = await storedHistory(database, id);
      expect(history.map(({ status }) => status)).toEqual(["processing", "pending", "processing"]);
    }
  });

  test("of overlapping orders from both sides at once deadlocks for nobody", async () => {
    const orders = await storeOrders(database, 60);
    const ids = orders.map(({ id }) => id);
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => {
        const worker = n % 2 === 0 ? alice : bob;
        return worker.claim(...(n % 3 === 0 ? ids : ids.toReversed()));
      }),
    );
    const states = await Promise.all(ids.map((id) => storedState(database, id)));
    expect(new Set(states.map(({ status, version }) => `${status} ${version}`))).toEqual(new Set(["processing 1"]));
  });

  test("of none is answered with none; of more than 5,000 is refused whole", async () => {
    expect(await alice.send()).toEqual([]);
    const order = await pendingOrder();
    const tooMany = Array.from({ length: 5_001 }, () => alice.update(order.id));
    await expect(alice.send(...tooMany)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await storedState(database, order.id)).toMatchObject({ status: "pending" });
  });
});

describe("a caller that is gone", () => {
  /** A server with a single connection to MySQL, so that one call waits for another. */
  async function narrowServer() {
    const narrow = new Database({
      url: asUser("gateway", url),
      connections: 1,
      timeoutMs: 10_000,
      ...forBatches,
    });
    const server = new GatewayServer({ database: narrow, queue, policy: testPolicy, log: silent });
    const port = await server.listen("127.0.0.1:0");
    const client = new OrderStatusServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
    const carol = new TestWorker(port, "carol");
    onTestFinished(async () => {
      client.close();
      carol.close();
      await server.stop(1_000);
      await narrow.close();
    });
    return { client, carol };
  }

  /** Whether another connection to this database is in the middle of locking orders. */
  async function isAnybodyLocking(): Promise<boolean> {
    // As its own user: nobody sees the connections of others.
    const found = await rows(
      gateway,
      `SELECT id FROM information_schema.processlist
      WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE 'SELECT%ORDER BY id FOR UPDATE'`,
    );
    return found.length > 0;
  }

  /** Waits for an answer on the same connection: the server has seen what was sent before. */
  function answered(client: OrderStatusServiceClient): Promise<void> {
    return new Promise((resolve) => void client.updateOrderStatus({ update: undefined }, () => resolve()));
  }

  test("has nothing further applied: neither what waits for a connection nor the rest of its batch", async () => {
    const [locked, waiting] = [await pendingOrder(), await pendingOrder()];
    const { client, carol } = await narrowServer();
    await database.transaction(async ({ connection }) => {
      await connection.query("SELECT id FROM orders WHERE id = UUID_TO_BIN(?) FOR UPDATE", [locked.id]);
      // A transaction takes a thousand.
      const claims = Array.from({ length: 1_000 }, () => carol.update(locked.id));
      const completion = carol.update(locked.id, { status: OrderStatus.COMPLETED, attempt: 1 });
      const calls = [[...claims, completion], [carol.update(waiting.id)]].map((updates) =>
        client.batchUpdateOrderStatus({ updates }, () => {}),
      );
      await until("the first waits for the lock", isAnybodyLocking);
      for (const call of calls) call.cancel();
      await answered(client);
    });
    // The one connection is had in turn: what was asked for before is over then.
    for (const _ of [1, 2]) await carol.claim((await pendingOrder()).id);
    expect(await storedState(database, waiting.id)).toMatchObject({ status: "pending", version: 0 });
    expect((await storedState(database, locked.id)).status).not.toBe("completed");
  });
});

describe("a batch of several transactions", () => {
  /** A server whose queue notes what it is given, and takes as long as that takes. */
  async function watchedServer(timeoutMs: number, enqueueing: () => Promise<unknown> = async () => {}) {
    const narrow = new Database({ url: asUser("gateway", url), connections: 2, timeoutMs, ...forBatches });
    const enqueued: string[][] = [];
    const watched = {
      enqueue: async (orders: readonly { readonly id: string }[]) => {
        enqueued.push(orders.map(({ id }) => id));
        await enqueueing();
      },
    };
    const server = new GatewayServer({ database: narrow, queue: watched, policy: testPolicy, log: silent });
    const worker = new TestWorker(await server.listen("127.0.0.1:0"), "alice");
    onTestFinished(async () => {
      worker.close();
      await server.stop(1_000);
      await narrow.close();
    });
    return { worker, enqueued };
  }

  const releaseOf = (worker: TestWorker, id: string) => worker.update(id, { status: OrderStatus.PENDING, attempt: 1 });
  const filler = (worker: TestWorker) =>
    Array.from({ length: 1_000 }, () => worker.update("01a20900-1f5b-7964-b1b6-000000000000"));

  test("is committed before a queue that hangs is waited for, which is once", async () => {
    const [first, last] = [await heldOrder(), await heldOrder()];
    const isLastPending = async () => (await storedState(database, last.id)).status === "pending";
    const { worker, enqueued } = await watchedServer(5_000, () => until("the last is committed", isLastPending));
    const results = await worker.send(releaseOf(worker, first.id), ...filler(worker), releaseOf(worker, last.id));
    expect([results.at(0)?.outcome, results.at(-1)?.outcome]).toEqual([Outcome.APPLIED, Outcome.APPLIED]);
    expect(enqueued).toEqual([[first.id, last.id]]);
  });

  test("has enqueued what is committed when a later one fails", async () => {
    const [first, last] = [await heldOrder(), await heldOrder()];
    const { worker, enqueued } = await watchedServer(1_000);
    await database.transaction(async ({ connection }) => {
      await connection.query("SELECT id FROM orders WHERE id = UUID_TO_BIN(?) FOR UPDATE", [last.id]);
      const sent = worker.send(releaseOf(worker, first.id), ...filler(worker), releaseOf(worker, last.id));
      await expect(sent).rejects.toMatchObject({ code: status.UNAVAILABLE });
    });
    expect(enqueued).toEqual([[first.id]]);
  });
});

describe("the call for one update", () => {
  test("answers an applied update with its result", async () => {
    const order = await pendingOrder();
    expect(await alice.sendOne(alice.update(order.id))).toMatchObject({ outcome: Outcome.APPLIED, attempt: 1 });
  });

  test.each([
    ["a malformed update", { orderId: "x" }, status.INVALID_ARGUMENT],
    ["an unknown order", { orderId: "01a20900-1f5b-7964-b1b6-000000000000" }, status.NOT_FOUND],
    ["a stale attempt", { attempt: 7 }, status.FAILED_PRECONDITION],
    ["another worker's order", { workerId: "bob" }, status.FAILED_PRECONDITION],
  ])("maps %s to its gRPC status", async (_, more, code) => {
    const order = await heldOrder();
    await expect(alice.sendOne({ ...alice.update(order.id), ...more })).rejects.toMatchObject({ code });
  });
});
