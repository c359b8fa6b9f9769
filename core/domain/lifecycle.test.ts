import fc from "fast-check";
import { expect, it } from "vitest";
import { maxReasonLength, newOrder, type Order, type OrderState } from "./order.ts";
import { type OrderEvent, transition } from "./transitions.ts";

const birth = new Date("2026-11-23T12:00:00.000Z").getTime();
const maxFailures = 3;

const anyEvent: fc.Arbitrary<OrderEvent> = fc.oneof(
  ...(["due", "complete", "release", "expire", "cancel", "redrive"] as const).map((type) => fc.constant({ type })),
  fc.record({ type: fc.constant("fail" as const), reason: fc.string({ maxLength: 1_200 }), retryable: fc.boolean() }),
  fc.record({
    type: fc.constant("claim" as const),
    workerId: fc.constantFrom("w1", "w2"),
    leaseMs: fc.integer({ min: 500, max: 60_000 }),
  }),
);

/** An event, and by how much MySQL's clock moved since the last one: now and then it is set back. */
const anyStep = fc.record({
  event: anyEvent,
  elapsedMs: fc.integer({ min: -2_000, max: 20_000 }),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

const terminal = new Set(["completed", "failed", "cancelled"]);

/** An order's life: every state that the events led to, with the event that did. */
function live(first: Order, steps: readonly { event: OrderEvent; elapsedMs: number; random: number }[]) {
  const life: { before: OrderState; event: OrderEvent; after: OrderState }[] = [];
  let state: OrderState = first;
  let at = birth;
  for (const { event, elapsedMs, random } of steps) {
    at += elapsedMs;
    const policy = { maxFailures, baseMs: 1_000, capMs: 60_000, random: () => random };
    const result = transition(state, event, new Date(at), policy);
    if ("illegal" in result) continue;
    expect(result.entry).toMatchObject({
      seq: result.state.version,
      status: result.state.status,
      attempt: result.state.attempt,
      at: result.state.updatedAt,
    });
    life.push({ before: state, event, after: result.state });
    state = result.state;
  }
  return { life, last: state };
}

const anyLife = fc
  .record({
    runAt: fc.option(fc.constant(new Date(birth + 1_000))),
    // Long enough that most lives see claims, failures and a redrive.
    steps: fc.array(anyStep, { minLength: 1, maxLength: 120 }),
  })
  .map(({ runAt, steps }) =>
    live(newOrder("some-id", { item: "Laptop", quantity: 1, priceCents: 1, runAt }, new Date(birth)), steps),
  );

it("whatever happens to an order, what must hold always holds", () => {
  fc.assert(
    fc.property(anyLife, ({ life, last }) => {
      expect(last.version).toBe(life.length);
      expect(last.attempt).toBe(life.filter(({ event }) => event.type === "claim").length);
      expect(life.filter(({ after }) => after.status === "completed").length).toBeLessThanOrEqual(1);
      for (const { before, event, after } of life) {
        expect(after.attempt).toBe(before.attempt + (event.type === "claim" ? 1 : 0));
        expect(after.updatedAt.getTime()).toBeGreaterThanOrEqual(before.updatedAt.getTime());
        expect(after.dueAt === null).toBe(terminal.has(after.status));
        expect(after.completedAt !== null).toBe(after.status === "completed");
        expect(after.failures).toBeLessThanOrEqual(maxFailures);
        expect(Array.from(after.reason ?? "").length).toBeLessThanOrEqual(maxReasonLength);
        expect(after.attemptEnd === null).toBe(after.status === "processing" || after.attempt === 0);
        if (terminal.has(before.status)) expect([before.status, event.type]).toEqual(["failed", "redrive"]);
        if (after.status === "completed") expect(after.reason).toBeNull();
      }
    }),
    { numRuns: 500 },
  );
});

it("an order is given up exactly when a round of attempts has used up its failures or met a permanent error", () => {
  fc.assert(
    fc.property(anyLife, ({ life }) => {
      let failures = 0;
      for (const { event, after } of life) {
        if (event.type === "redrive") failures = 0;
        if (event.type === "fail" || event.type === "expire") failures += 1;
        const isPermanent = event.type === "fail" && !event.retryable;
        expect(after.failures).toBe(failures);
        if (event.type === "fail" || event.type === "expire") {
          expect(after.status === "failed").toBe(isPermanent || failures >= maxFailures);
        }
      }
    }),
    { numRuns: 500 },
  );
});
