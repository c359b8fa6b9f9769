import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdLimit } from "./hold-limit.ts";
import { newOrder, type OrderState } from "./order.ts";
import { type OrderEvent, transition } from "./transitions.ts";

const lost = "lease expired: worker w1 was not heard of";

/** The limits after 1, 2, 3 … losses, for each number of failures that are allowed. */
const limits: readonly (readonly [maxFailures: number, expected: readonly number[]])[] = [
  [1, []],
  [2, [1]],
  [3, [1_000, 1]],
  [4, [1_000, 32, 1]],
  [5, [1_000, 100, 10, 1]],
  [6, [1_000, 178, 32, 6, 1]],
  [7, [1_000, 252, 64, 16, 4, 1]],
  [8, [1_000, 317, 100, 32, 10, 4, 1]],
  [9, [1_000, 373, 139, 52, 20, 8, 3, 1]],
  [10, [1_000, 422, 178, 75, 32, 14, 6, 3, 1]],
];

describe("the hold limit", () => {
  it.each(limits)("with %i failures allowed shrinks geometrically to one", (maxFailures, expected) => {
    expect(expected.map((_, index) => holdLimit({ failures: index + 1, reason: lost }, { maxFailures }))).toEqual(
      expected,
    );
  });

  it("is none for an order that has not failed, also where its first failure would be the last", () => {
    for (const [maxFailures] of limits) expect(holdLimit({ failures: 0, reason: null }, { maxFailures })).toBe(0);
  });

  it("is none where the worker itself told of the last failure, and so outlived it", () => {
    expect(holdLimit({ failures: 4, reason: "no route to bank" }, { maxFailures: 5 })).toBe(0);
  });

  it("is one where fewer failures are allowed than there were", () => {
    expect(holdLimit({ failures: 7, reason: lost }, { maxFailures: 5 })).toBe(1);
  });

  it("follows what happened last: a loss brings it, a report takes it away, giving back and a new claim change nothing", () => {
    const policy = { maxFailures: 5, baseMs: 1_000, capMs: 60_000, random: () => 0.5 };
    let state: OrderState = newOrder(
      "some-id",
      { item: "Laptop", quantity: 1, priceCents: 1, runAt: null },
      new Date(0),
    );
    const limitAfter = (...events: readonly OrderEvent[]) => {
      for (const event of events) {
        const result = transition(state, event, new Date(0), policy);
        if ("illegal" in result) throw new Error(result.illegal);
        state = result.state;
      }
      return holdLimit(state, policy);
    };
    const claim = { type: "claim", workerId: "w1", leaseMs: 10_000 } as const;
    expect(limitAfter(claim, { type: "expire" })).toBe(1_000);
    expect(limitAfter(claim, { type: "expire" }, { type: "due" })).toBe(100);
    expect(limitAfter(claim, { type: "release" }, claim)).toBe(100);
    expect(limitAfter({ type: "fail", reason: "no route to bank", retryable: true }, { type: "due" })).toBe(0);
    expect(limitAfter(claim, { type: "expire" }, { type: "due" })).toBe(1);
    expect(limitAfter(claim, { type: "expire" }, { type: "redrive" })).toBe(0);
  });

  it("never grows with a further loss, and is one at the last chance only", () => {
    const anyCase = fc.integer({ min: 3, max: 200 }).chain((maxFailures) => {
      return fc.record({
        maxFailures: fc.constant(maxFailures),
        failures: fc.integer({ min: 1, max: maxFailures - 2 }),
      });
    });
    fc.assert(
      fc.property(anyCase, ({ maxFailures, failures }) => {
        const limit = holdLimit({ failures, reason: lost }, { maxFailures });
        expect(limit).toBeGreaterThan(1);
        expect(holdLimit({ failures: failures + 1, reason: lost }, { maxFailures })).toBeLessThanOrEqual(limit);
      }),
    );
  });
});
