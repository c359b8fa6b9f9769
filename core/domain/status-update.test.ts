import { describe, expect, it } from "vitest";
import type { AttemptEnd, OrderState, OrderStatus } from "./order.ts";
import { decideUpdate, type LeasePolicy, type Rejection, type StatusUpdate } from "./status-update.ts";

const now = new Date("2026-11-23T12:00:00.000Z");
const plus = (ms: number) => new Date(now.getTime() + ms);
const policy: LeasePolicy = { leaseMs: 10_000, maxFailures: 5, baseMs: 1_000, capMs: 60_000, random: () => 0.5 };

/** An order whose third attempt was claimed by w1. */
function order(status: OrderStatus, attemptEnd: AttemptEnd | null, dueAt: Date | null): OrderState {
  const past = { updatedAt: plus(-9_000), completedAt: status === "completed" ? plus(-9_000) : null };
  return { status, attempt: 3, failures: 1, version: 7, dueAt, workerId: "w1", attemptEnd, reason: null, ...past };
}

const states = {
  "pending, never claimed": { ...order("pending", null, plus(-1_000)), attempt: 0, workerId: null },
  "pending, released": order("pending", "released", plus(-1_000)),
  "pending, expired": order("pending", "expired", plus(-1_000)),
  "pending, redriven": { ...order("pending", "failed", plus(-1_000)), failures: 0 },
  "scheduled, failed": order("scheduled", "failed", plus(1_000)),
  "scheduled, expired": order("scheduled", "expired", plus(1_000)),
  processing: order("processing", null, plus(1_000)),
  "processing, lease over": order("processing", null, plus(-1_000)),
  completed: order("completed", "completed", null),
  "failed by an error": order("failed", "failed", null),
  "failed by expiry": order("failed", "expired", null),
  "cancelled, never claimed": { ...order("cancelled", null, null), attempt: 0, workerId: null },
  "cancelled, released": order("cancelled", "released", null),
} satisfies Record<string, OrderState>;
type StateName = keyof typeof states;

type Held = Exclude<StatusUpdate["type"], "claim">;
type Result = "applied" | "duplicate" | Rejection;

const stale = "stale_attempt";
const illegal = "illegal_transition";
const held = "held_by_another_worker";

/** What becomes of an update by w1, who made the latest claim: its claim, and the others with attempt 3. */
const byHolder: { readonly [S in StateName]: { readonly [T in StatusUpdate["type"]]: Result } } = {
  "pending, never claimed": { claim: "applied", renew: stale, complete: stale, fail: stale, release: stale },
  "pending, released": { claim: "applied", renew: stale, complete: stale, fail: stale, release: "duplicate" },
  "pending, expired": { claim: "applied", renew: stale, complete: stale, fail: stale, release: stale },
  "pending, redriven": { claim: "applied", renew: stale, complete: stale, fail: "duplicate", release: stale },
  "scheduled, failed": { claim: illegal, renew: stale, complete: stale, fail: "duplicate", release: stale },
  "scheduled, expired": { claim: illegal, renew: stale, complete: stale, fail: stale, release: stale },
  processing: { claim: "duplicate", renew: "applied", complete: "applied", fail: "applied", release: "applied" },
  "processing, lease over": {
    ...{ claim: "duplicate", renew: "applied", complete: "applied", fail: "applied", release: "applied" },
  },
  completed: { claim: illegal, renew: stale, complete: "duplicate", fail: stale, release: stale },
  "failed by an error": { claim: illegal, renew: stale, complete: stale, fail: "duplicate", release: stale },
  "failed by expiry": { claim: illegal, renew: stale, complete: stale, fail: stale, release: stale },
  "cancelled, never claimed": {
    ...{ claim: "cancelled", renew: "cancelled", complete: "cancelled", fail: "cancelled", release: "cancelled" },
  },
  "cancelled, released": {
    ...{ claim: "cancelled", renew: "cancelled", complete: "cancelled", fail: "cancelled", release: "duplicate" },
  },
};

/** What becomes of updates by others and of other attempts; the same for each kind of update. */
const byOthers: { readonly [S in StateName]: { claim: Result; sameAttempt: Result; otherAttempt: Result } } = {
  "pending, never claimed": { claim: "applied", sameAttempt: stale, otherAttempt: stale },
  "pending, released": { claim: "applied", sameAttempt: stale, otherAttempt: stale },
  "pending, expired": { claim: "applied", sameAttempt: stale, otherAttempt: stale },
  "pending, redriven": { claim: "applied", sameAttempt: stale, otherAttempt: stale },
  "scheduled, failed": { claim: illegal, sameAttempt: stale, otherAttempt: stale },
  "scheduled, expired": { claim: illegal, sameAttempt: stale, otherAttempt: stale },
  processing: { claim: held, sameAttempt: held, otherAttempt: stale },
  "processing, lease over": { claim: held, sameAttempt: held, otherAttempt: stale },
  completed: { claim: illegal, sameAttempt: stale, otherAttempt: stale },
  "failed by an error": { claim: illegal, sameAttempt: stale, otherAttempt: stale },
  "failed by expiry": { claim: illegal, sameAttempt: stale, otherAttempt: stale },
  "cancelled, never claimed": { claim: "cancelled", sameAttempt: "cancelled", otherAttempt: "cancelled" },
  "cancelled, released": { claim: "cancelled", sameAttempt: "cancelled", otherAttempt: "cancelled" },
};

const heldTypes: readonly Held[] = ["renew", "complete", "fail", "release"];

function update(type: StatusUpdate["type"], workerId: string, attempt: number): StatusUpdate {
  if (type === "claim") return { type, workerId };
  if (type === "fail") return { type, workerId, attempt, reason: "no answer", retryable: true };
  return { type, workerId, attempt };
}

const decide = (state: OrderState, asked: StatusUpdate) => decideUpdate(state, asked, now, policy);

function resultOf(state: OrderState, asked: StatusUpdate): Result {
  const decision = decide(state, asked);
  return decision.outcome === "rejected" ? decision.rejection : decision.outcome;
}

describe.each(Object.keys(states) as StateName[])("an order that is %s", (name) => {
  const state = states[name];

  it.each(["claim", ...heldTypes] as const)("answers %s of the latest holder as the table says", (type) => {
    expect(resultOf(state, update(type, "w1", 3))).toBe(byHolder[name][type]);
  });

  it("answers a claim of another worker as the table says", () => {
    expect(resultOf(state, update("claim", "w2", 0))).toBe(byOthers[name].claim);
  });

  it.each(heldTypes)("answers %s of another worker, or with an older or newer attempt, as the table says", (type) => {
    expect(resultOf(state, update(type, "w2", 3))).toBe(byOthers[name].sameAttempt);
    for (const worker of ["w1", "w2"]) {
      for (const attempt of [2, 4]) {
        expect(resultOf(state, update(type, worker, attempt))).toBe(byOthers[name].otherAttempt);
      }
    }
  });
});

describe("a claim", () => {
  it("returns the next attempt, leased from now, and tells of it", () => {
    expect(decide(states["pending, released"], update("claim", "w2", 0))).toMatchObject({
      outcome: "applied",
      state: { status: "processing", attempt: 4, workerId: "w2", dueAt: plus(10_000), version: 8, updatedAt: now },
      entry: { seq: 8, status: "processing", attempt: 4, workerId: "w2", at: now },
    });
  });

  it("repeated by the holder begins the lease anew and changes nothing else", () => {
    const decision = decide(states.processing, update("claim", "w1", 0));
    expect(decision).toEqual({ outcome: "duplicate", state: { ...states.processing, dueAt: plus(10_000) } });
  });
});

describe("a claim of an order that was lost with its worker", () => {
  const reason = "lease expired: worker w1 was not heard of";
  const lost = (failures: number): OrderState => ({ ...states["pending, expired"], failures, reason });
  const claim = (holdLimit?: number): StatusUpdate => ({
    type: "claim",
    workerId: "w2",
    ...(holdLimit && { holdLimit }),
  });

  it.each([
    { failures: 1, limit: 1_000 },
    { failures: 2, limit: 100 },
    { failures: 3, limit: 10 },
    { failures: 4, limit: 1 },
  ])("$failures times needs the promise of limit $limit, or of a smaller one", ({ failures, limit }) => {
    for (const promised of [undefined, 0, limit + 1, 5_000]) {
      expect(decide(lost(failures), claim(promised))).toMatchObject({
        ...{ outcome: "rejected", rejection: "hold_limited", limit },
        detail: expect.stringContaining(`hold_limit ${limit}`),
      });
    }
    for (const promised of [limit, 1]) {
      expect(decide(lost(failures), claim(promised))).toMatchObject({
        outcome: "applied",
        state: { status: "processing", attempt: 4, failures, workerId: "w2" },
      });
    }
  });

  it("needs none when its worker told of a later failure, and never when it did not fail", () => {
    expect(decide({ ...lost(4), reason: "no route to bank" }, claim())).toMatchObject({ outcome: "applied" });
    expect(decide({ ...lost(0), reason: null }, claim(7))).toMatchObject({ outcome: "applied" });
  });

  it("that is not pending is answered as any other", () => {
    const held = { ...states.processing, failures: 4, reason };
    expect(decide(held, { type: "claim", workerId: "w1" })).toMatchObject({ outcome: "duplicate" });
    expect(decide(held, claim())).toMatchObject({ rejection: "held_by_another_worker" });
    expect(decide({ ...held, status: "failed" }, claim())).toMatchObject({ rejection: "illegal_transition" });
    expect(decide({ ...held, status: "scheduled" }, claim())).toMatchObject({ rejection: "illegal_transition" });
  });
});

describe("a renewal", () => {
  it.each(["processing", "processing, lease over"] as const)("of an order that is %s moves its lease only", (name) => {
    const decision = decide(states[name], update("renew", "w1", 3));
    // No entry: neither the version nor the history counts renewals.
    expect(decision).toEqual({ outcome: "applied", state: { ...states[name], dueAt: plus(10_000) } });
  });
});

describe("an end", () => {
  it.each([
    ["complete", "completed"],
    ["fail", "scheduled"],
    ["release", "pending"],
  ] as const)("by %s stores the new state and one line of history", (type, status) => {
    expect(decide(states.processing, update(type, "w1", 3))).toMatchObject({
      outcome: "applied",
      state: { status, attempt: 3, version: 8, updatedAt: now },
      entry: { seq: 8, status, attempt: 3, workerId: "w1" },
    });
  });

  it.each([
    ["complete", "completed"],
    ["fail", "failed by an error"],
    ["release", "pending, released"],
  ] as const)("by %s that is repeated stores nothing", (type, name) => {
    expect(decide(states[name], update(type, "w1", 3))).toEqual({ outcome: "duplicate" });
  });
});

describe("a rejection", () => {
  it.each([
    ["processing", update("claim", "w2", 0), "another worker holds the order"],
    ["pending, expired", update("complete", "w1", 3), "attempt 3 is over; the order is pending at attempt 3"],
    ["processing", update("complete", "w1", 2), "attempt 2 is over; the order is processing at attempt 3"],
    ["cancelled, released", update("claim", "w1", 0), "the order was cancelled"],
    ["completed", update("claim", "w2", 0), "an order that is completed cannot be claimed"],
  ] as const)("of an order that is %s says why in a sentence", (name, asked, detail) => {
    expect(decide(states[name], asked)).toMatchObject({ outcome: "rejected", detail });
  });
});
