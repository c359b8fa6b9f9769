import { describe, expect, it } from "vitest";
import { useDatabase } from "../../test/harness/database.ts";
import { insertOrder } from "../../test/harness/orders.ts";
import { createBirths } from "../domain/identity.ts";
import { type HistoryEntry, newOrder, type Order, type OrderState } from "../domain/order.ts";
import { type OrderEvent, type Transition, transition } from "../domain/transitions.ts";
import { lockDue, lockExpired, lockOrders, lockPendingSince, writeChanges } from "./changes.ts";
import type { Session } from "./database.ts";
import { findHistory, findOrder } from "./orders.ts";

const { database } = useDatabase();
const nextBirth = createBirths(Date.now);
const policy = { maxFailures: 5, baseMs: 1_000, capMs: 60_000, random: () => 0.5 };
const past = new Date("2020-01-01T00:00:00.000Z");
const future = new Date("2090-01-01T00:00:00.000Z");

/** Stores orders which are what the changes say. */
async function stored(...changes: Partial<Order>[]): Promise<Order[]> {
  const orders = changes.map((change) => {
    const { id, createdAt } = nextBirth();
    return {
      ...newOrder(id, { item: "Laptop", quantity: 2, priceCents: 129_999, runAt: null }, createdAt),
      ...{ version: 1, attempt: 1, workerId: "w1" },
      ...change,
    };
  });
  await database.transaction(async (session) => {
    for (const order of orders) await insertOrder(session, order);
    await writeChanges(
      session,
      orders.map((state) => ({ id: state.id, from: { ...state, dueAt: new Date(0) }, state })),
    );
  });
  return orders;
}

const ids = (orders: readonly { id: string }[]) => orders.map(({ id }) => id);
const locked = async (rows: ReturnType<typeof lockOrders>) => (await rows).map(({ order }) => order.id);

function moved(order: Order, event: OrderEvent): Transition {
  const result = transition(order, event, new Date("2026-11-23T12:00:00.123Z"), policy);
  if ("illegal" in result) throw new Error(result.illegal);
  return result;
}

const lockLongPending = (session: Session, limit: number) =>
  lockPendingSince(session, new Date("2021-01-01T00:00:00.000Z"), limit);

describe("locked orders", () => {
  it("come in the order of their ids, whole, with MySQL's time", async () => {
    const orders = await stored({ reason: "declined", attemptEnd: "failed" }, {}, { status: "failed", dueAt: null });
    const rows = await database.transaction((session) => lockOrders(session, ids(orders).toReversed()));
    expect(rows.map(({ order }) => order)).toEqual(orders);
    const asked = await database.run((session) => session.connection.query("SELECT UTC_TIMESTAMP(3) AS now"));
    const [[{ now }]] = asked as unknown as [[{ now: Date }]];
    expect(now.getTime() - (rows[0]?.now.getTime() ?? 0)).toBeLessThan(5_000);
  });

  it("leave out what is not there", async () => {
    const [order] = await stored({});
    const found = database.transaction((session) => lockOrders(session, [nextBirth().id, order?.id ?? ""]));
    expect(await locked(found)).toEqual([order?.id]);
    expect(await database.transaction((session) => lockOrders(session, []))).toEqual([]);
  });
});

describe.each([
  { what: "due", status: "scheduled", other: "pending", lock: lockDue },
  { what: "expired", status: "processing", other: "scheduled", lock: lockExpired },
  { what: "long pending", status: "pending", other: "processing", lock: lockLongPending },
] as const)("orders that are $what", ({ status, other, lock }) => {
  it("are locked longest first, up to the limit, and shared between two that look at once", async () => {
    const [third, first, second] = await stored(
      { status, dueAt: new Date(past.getTime() + 3) },
      { status, dueAt: new Date(past.getTime() + 1) },
      { status, dueAt: new Date(past.getTime() + 2) },
      { status, dueAt: future },
      { status: other, dueAt: past },
    );
    await database.transaction(async (one) => {
      expect(await locked(lock(one, 2))).toEqual([first?.id, second?.id]);
      await database.transaction(async (two) => expect(await locked(lock(two, 10))).toEqual([third?.id]));
    });
    await database.run(({ connection }) => connection.query("DELETE FROM orders"));
  });
});

const change = {
  state: {
    ...{ status: "failed", attempt: 2, failures: 2, version: 2, dueAt: past, workerId: "w2", attemptEnd: "failed" },
    ...{ reason: "declined", updatedAt: past, completedAt: past },
  },
  entry: { seq: 2, status: "failed", attempt: 2, at: past, reason: "declined", workerId: "w2" },
} as const satisfies { state: OrderState; entry: HistoryEntry };

const otherState: OrderState = {
  ...{
    status: "cancelled",
    attempt: 3,
    failures: 3,
    version: 3,
    dueAt: future,
    workerId: "w3",
    attemptEnd: "released",
  },
  ...{ reason: "it's \\ lost?", updatedAt: future, completedAt: future },
};
const otherEntry: HistoryEntry = {
  ...{ seq: 3, status: "cancelled", attempt: 3, at: future, reason: null, workerId: null },
};

/** What differs between two orders that change one after the other: one part of the state, or of the history. */
const differences = [
  ...Object.entries(otherState).map(([part, value]) => ({
    what: `the state's ${part}`,
    differing: { ...change, state: { ...change.state, [part]: value } },
  })),
  ...Object.entries(otherEntry).map(([part, value]) => ({
    what: `the history's ${part}`,
    differing: { ...change, entry: { ...change.entry, [part]: value } },
  })),
];

describe("changes of many orders", () => {
  it.each(differences)("are told apart by $what alone", async ({ differing }) => {
    const orders = await stored({}, {}, {});
    const changes = orders.map((from, index) => ({ id: from.id, from, ...(index === 1 ? differing : change) }));
    await database.transaction((session) => writeChanges(session, changes));
    for (const { id, from, state, entry } of changes) {
      expect(await database.run((session) => findOrder(session, id))).toEqual({ ...from, ...state });
      expect(await database.run((session) => findHistory(session, id))).toEqual([{ orderId: id, ...entry }]);
    }
  });

  it("are written in one go, each its own, with its line of history", async () => {
    const [claimed, completed, failed, untouched] = (await stored(
      { attempt: 0, workerId: null, version: 0 },
      { status: "processing" },
      { status: "processing" },
      {},
    )) as [Order, Order, Order, Order];
    const results = [
      { order: claimed, ...moved(claimed, { type: "claim", workerId: "w9", leaseMs: 10_000 }) },
      { order: completed, ...moved(completed, { type: "complete" }) },
      { order: failed, ...moved(failed, { type: "fail", reason: "🧨".repeat(2_000), retryable: true }) },
    ];
    await database.transaction((session) =>
      writeChanges(
        session,
        results.map(({ order, state, entry }) => ({ id: order.id, from: order, state, entry })),
      ),
    );
    for (const { order, state, entry } of results) {
      const found = await database.run((session) => findOrder(session, order.id));
      expect(found).toEqual({ ...order, ...state });
      const history = await database.run((session) => findHistory(session, order.id));
      expect(history).toEqual([{ ...entry, orderId: order.id }]);
    }
    expect(await database.run((session) => findOrder(session, untouched.id))).toEqual(untouched);
  });

  it("without an entry leave the history as it is", async () => {
    const [order] = (await stored({ status: "processing", dueAt: past })) as [Order];
    const state = { ...order, dueAt: future };
    await database.transaction((session) => writeChanges(session, [{ id: order.id, from: order, state }]));
    expect(await database.run((session) => findOrder(session, order.id))).toEqual(state);
    expect(await database.run((session) => findHistory(session, order.id))).toEqual([]);
  });

  it("of none is nothing", async () => {
    await database.transaction((session) => writeChanges(session, []));
  });
});
