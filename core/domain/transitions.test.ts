import { describe, expect, it } from "vitest";
import {
  type HistoryEntry,
  maxReasonLength,
  newOrder,
  type OrderState,
  type OrderStatus,
  orderStatuses,
} from "./order.ts";
import type { RetryPolicy } from "./retry.ts";
import { legalEvents, type OrderEvent, orderEventTypes, type Transition, transition } from "./transitions.ts";

const now = new Date("2026-11-23T12:00:00.000Z");
const earlier = new Date("2026-11-23T11:59:00.000Z");
const plus = (ms: number) => new Date(now.getTime() + ms);

/** Backoffs are half of their upper bound: 500 ms, 1 s, 2 s … */
const policy: RetryPolicy = { maxFailures: 5, baseMs: 1_000, capMs: 60_000, random: () => 0.5 };

const worked = { attempt: 3, version: 7, workerId: "w1", updatedAt: earlier, completedAt: null } as const;

/** An order in each status, as it is after some failures. */
const before: { readonly [S in OrderStatus]: OrderState } = {
  scheduled: { ...worked, status: "scheduled", failures: 1, dueAt: earlier, attemptEnd: "failed", reason: "declined" },
  pending: { ...worked, status: "pending", failures: 1, dueAt: earlier, attemptEnd: "released", reason: "declined" },
  processing: { ...worked, status: "processing", failures: 1, dueAt: plus(900), attemptEnd: null, reason: "declined" },
  completed: {
    ...worked,
    ...{ status: "completed", failures: 1, dueAt: null, attemptEnd: "completed", reason: null, completedAt: earlier },
  },
  failed: { ...worked, status: "failed", failures: 5, dueAt: null, attemptEnd: "failed", reason: "declined" },
  cancelled: { ...worked, status: "cancelled", failures: 1, dueAt: null, attemptEnd: "released", reason: "declined" },
};

const events: { readonly [T in OrderEvent["type"]]: Extract<OrderEvent, { type: T }> } = {
  due: { type: "due" },
  claim: { type: "claim", workerId: "w2", leaseMs: 10_000 },
  complete: { type: "complete" },
  fail: { type: "fail", reason: "no answer", retryable: true },
  release: { type: "release" },
  expire: { type: "expire" },
  cancel: { type: "cancel" },
  redrive: { type: "redrive" },
};

const no = "illegal";

/** Where each event leads from each status; an order in work has failed once before. */
const expected: { readonly [S in OrderStatus]: { readonly [T in OrderEvent["type"]]: OrderStatus | typeof no } } = {
  scheduled: {
    ...{ due: "pending", claim: no, complete: no, fail: no },
    ...{ release: no, expire: no, cancel: "cancelled", redrive: no },
  },
  pending: {
    ...{ due: no, claim: "processing", complete: no, fail: no },
    ...{ release: no, expire: no, cancel: "cancelled", redrive: no },
  },
  processing: {
    ...{ due: no, claim: no, complete: "completed", fail: "scheduled" },
    ...{ release: "pending", expire: "scheduled", cancel: no, redrive: no },
  },
  completed: {
    ...{ due: no, claim: no, complete: no, fail: no },
    ...{ release: no, expire: no, cancel: no, redrive: no },
  },
  failed: {
    ...{ due: no, claim: no, complete: no, fail: no },
    ...{ release: no, expire: no, cancel: no, redrive: "pending" },
  },
  cancelled: {
    ...{ due: no, claim: no, complete: no, fail: no },
    ...{ release: no, expire: no, cancel: no, redrive: no },
  },
};

function move(state: OrderState, event: OrderEvent, at = now): Transition {
  const result = transition(state, event, at, policy);
  if ("illegal" in result) throw new Error(result.illegal);
  return result;
}

describe.each(orderStatuses)("an order that is %s", (status) => {
  it.each(orderEventTypes)("on %s moves as the table says, or is refused with a reason", (type) => {
    const result = transition(before[status], events[type], now, policy);
    if (expected[status][type] === no) {
      expect(result).toEqual({ illegal: expect.stringContaining(`an order that is ${status} cannot `) });
    } else {
      expect(result).toMatchObject({ state: { status: expected[status][type] } });
    }
  });

  it("names its legal events", () => {
    expect(legalEvents(status)).toEqual(orderEventTypes.filter((type) => expected[status][type] !== no));
  });
});

const expiry = "lease expired: worker w1 was not heard of";
const backedOff = { status: "scheduled", failures: 2, dueAt: plus(1_000) } as const;

interface Move {
  readonly from: OrderStatus;
  readonly on: OrderEvent["type"];
  /** What changes beside `version` and `updatedAt`; every other field stays. */
  readonly changes: Partial<OrderState>;
  readonly entry: Pick<HistoryEntry, "status" | "attempt" | "reason" | "workerId">;
}

const moves: readonly Move[] = [
  {
    ...{ from: "scheduled", on: "due", changes: { status: "pending", dueAt: now } },
    entry: { status: "pending", attempt: 3, reason: null, workerId: null },
  },
  {
    ...{ from: "scheduled", on: "cancel", changes: { status: "cancelled", dueAt: null } },
    entry: { status: "cancelled", attempt: 3, reason: null, workerId: null },
  },
  {
    ...{ from: "pending", on: "claim" },
    changes: { status: "processing", attempt: 4, dueAt: plus(10_000), workerId: "w2", attemptEnd: null },
    entry: { status: "processing", attempt: 4, reason: null, workerId: "w2" },
  },
  {
    ...{ from: "pending", on: "cancel", changes: { status: "cancelled", dueAt: null } },
    entry: { status: "cancelled", attempt: 3, reason: null, workerId: null },
  },
  {
    ...{ from: "processing", on: "complete" },
    changes: { status: "completed", dueAt: null, attemptEnd: "completed", reason: null, completedAt: now },
    entry: { status: "completed", attempt: 3, reason: null, workerId: "w1" },
  },
  {
    ...{ from: "processing", on: "fail", changes: { ...backedOff, attemptEnd: "failed", reason: "no answer" } },
    entry: { status: "scheduled", attempt: 3, reason: "no answer", workerId: "w1" },
  },
  {
    ...{ from: "processing", on: "release", changes: { status: "pending", dueAt: now, attemptEnd: "released" } },
    entry: { status: "pending", attempt: 3, reason: "released by its worker", workerId: "w1" },
  },
  {
    ...{ from: "processing", on: "expire", changes: { ...backedOff, attemptEnd: "expired", reason: expiry } },
    entry: { status: "scheduled", attempt: 3, reason: expiry, workerId: "w1" },
  },
  {
    ...{ from: "failed", on: "redrive", changes: { status: "pending", dueAt: now, failures: 0, reason: null } },
    entry: { status: "pending", attempt: 3, reason: "redriven", workerId: null },
  },
];

describe("a legal move", () => {
  it.each(moves)("from $from on $on changes these fields, no others, and adds one line of history", (row) => {
    const { from, on, changes, entry } = row;
    expect(move(before[from], events[on])).toEqual({
      state: { ...before[from], ...changes, version: 8, updatedAt: now },
      entry: { ...entry, seq: 8, at: now },
    });
  });

  it("is told of for every legal cell of the table", () => {
    const legal = orderStatuses.flatMap((from) => legalEvents(from).map((on) => `${from} ${on}`));
    expect(moves.map(({ from, on }) => `${from} ${on}`)).toEqual(legal);
  });

  it.each(moves)("from $from on $on leaves the state it was given as it was", ({ from, on }) => {
    const copy = structuredClone(before[from]);
    move(before[from], events[on]);
    expect(before[from]).toEqual(copy);
  });

  it.each(moves)("from $from on $on never sets updatedAt, nor the history's time, back", ({ from, on }) => {
    const later = { ...before[from], updatedAt: plus(5_000) };
    const { state, entry } = move(later, events[on]);
    expect(state.updatedAt).toEqual(plus(5_000));
    expect(entry.at).toEqual(plus(5_000));
  });

  it("completes at the time that its history tells, even when the clock was set back", () => {
    const { state, entry } = move({ ...before.processing, updatedAt: plus(5_000) }, events.complete);
    expect(state.completedAt).toEqual(entry.at);
  });

  it("counts leases and backoffs from the given time, not from an updatedAt that is ahead of it", () => {
    const ahead = { updatedAt: plus(5_000) };
    expect(move({ ...before.pending, ...ahead }, events.claim).state.dueAt).toEqual(plus(10_000));
    expect(move({ ...before.processing, ...ahead }, events.release).state.dueAt).toEqual(now);
  });
});

describe("failures", () => {
  const processing = (failures: number): OrderState => ({ ...before.processing, failures });

  it.each([
    { failures: 0, leads: { status: "scheduled", failures: 1, dueAt: plus(500) } },
    { failures: 1, leads: { status: "scheduled", failures: 2, dueAt: plus(1_000) } },
    { failures: 3, leads: { status: "scheduled", failures: 4, dueAt: plus(4_000) } },
    { failures: 4, leads: { status: "failed", failures: 5, dueAt: null } },
    { failures: 9, leads: { status: "failed", failures: 10, dueAt: null } },
  ])("a retryable error after $failures failures leads to $leads.status", ({ failures, leads }) => {
    expect(move(processing(failures), events.fail).state).toMatchObject({ ...leads, attemptEnd: "failed" });
  });

  it("a permanent error fails the order at once, and counts", () => {
    const { state } = move(processing(0), { type: "fail", reason: "no such address", retryable: false });
    expect(state).toMatchObject({ status: "failed", failures: 1, dueAt: null, reason: "no such address" });
  });

  it.each([
    { failures: 0, leads: { status: "pending", failures: 1, dueAt: now } },
    { failures: 1, leads: { status: "scheduled", failures: 2, dueAt: plus(1_000) } },
    { failures: 3, leads: { status: "scheduled", failures: 4, dueAt: plus(4_000) } },
    { failures: 4, leads: { status: "failed", failures: 5, dueAt: null } },
  ])("an expired lease after $failures failures leads to $leads.status", ({ failures, leads }) => {
    expect(move(processing(failures), events.expire).state).toMatchObject({ ...leads, attemptEnd: "expired" });
  });

  it("an expired lease fails the order when a single failure is allowed", () => {
    const result = transition(processing(0), events.expire, now, { ...policy, maxFailures: 1 });
    expect(result).toMatchObject({ state: { status: "failed", failures: 1, dueAt: null } });
  });

  it("a release counts no failure, however often it happens", () => {
    let state = processing(4);
    for (let round = 0; round < 10; round++) {
      state = move(move(state, events.release).state, events.claim).state;
    }
    expect(state).toMatchObject({ status: "processing", failures: 4, attempt: 13 });
  });

  it("a redrive begins a new round of failures while attempts go on counting", () => {
    const redriven = move(before.failed, events.redrive).state;
    const failedAgain = move(move(redriven, events.claim).state, events.fail).state;
    expect(failedAgain).toMatchObject({ status: "scheduled", attempt: 4, failures: 1, reason: "no answer" });
  });

  it("a reason is cut to what its column holds, counted in code points", () => {
    const { state, entry } = move(processing(0), { type: "fail", reason: "🧨".repeat(2_000), retryable: true });
    expect(state.reason).toBe("🧨".repeat(maxReasonLength));
    expect(entry.reason).toBe(state.reason);
  });
});

describe("a new order", () => {
  const content = { item: "Laptop", quantity: 2, priceCents: 129_999 };

  it("is pending from its creation on", () => {
    expect(newOrder("some-id", { ...content, runAt: null }, now)).toEqual({
      ...{ id: "some-id", ...content, runAt: null, status: "pending", attempt: 0, failures: 0, version: 0 },
      ...{ dueAt: now, workerId: null, attemptEnd: null, reason: null },
      ...{ createdAt: now, updatedAt: now, completedAt: null },
    });
  });

  it("is scheduled until its runAt", () => {
    const order = newOrder("some-id", { ...content, runAt: plus(60_000) }, now);
    expect(order).toMatchObject({ status: "scheduled", dueAt: plus(60_000), runAt: plus(60_000), createdAt: now });
  });
});
