import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { enqueueMarginMs, lostBefore, type Observation, observe, watermark } from "./watermark.ts";

const graceMs = 5_000;

/** Observations made in this order, some of which are forgotten on the way. */
function observed(all: readonly Observation[]): readonly Observation[] {
  return all.reduce<readonly Observation[]>((kept, next) => observe(kept, next, graceMs), []);
}

/** The definition, with nothing forgotten: the lowest value that held at any moment of the last grace period. */
function naiveWatermark(all: readonly Observation[], now: number): number | null {
  const start = now - graceMs;
  const values = all
    // An observation holds until the next one is made.
    .filter((_, index) => (all[index + 1]?.at ?? Number.POSITIVE_INFINITY) > start)
    .map(({ value }) => value);
  return all.some(({ at }) => at <= start) ? Math.min(...values) : null;
}

describe("the watermark", () => {
  it("is unknown without observations", () => {
    expect(watermark([], 10_000, graceMs)).toBeNull();
    expect(lostBefore([], 10_000, graceMs)).toBeNull();
  });

  it("is unknown until the observations reach back a whole grace period", () => {
    const observations = observed([
      { at: 0, value: 100 },
      { at: 4_000, value: 4_100 },
    ]);
    expect(watermark(observations, 4_999, graceMs)).toBeNull();
    expect(watermark(observations, 5_000, graceMs)).toBe(100);
  });

  it("remembers a low value for a grace period after it ceased to hold", () => {
    const observations = observed([
      { at: 0, value: 500 },
      { at: 1_000, value: 90 },
      { at: 2_000, value: 2_500 },
      { at: 3_000, value: 3_500 },
    ]);
    expect(watermark(observations, 6_999, graceMs)).toBe(90);
    expect(watermark(observations, 7_000, graceMs)).toBe(2_500);
  });

  it("is the lowest of what was observed within the look-back, whatever happened before", () => {
    const anyObservations = fc
      .array(fc.record({ pause: fc.integer({ min: 0, max: 3_000 }), value: fc.integer({ min: 0, max: 1_000_000 }) }))
      .map((steps) => {
        let at = 0;
        return steps.map(({ pause, value }) => {
          at += pause;
          return { at, value };
        });
      });
    fc.assert(
      fc.property(anyObservations, fc.integer({ min: 0, max: 8_000 }), (all, pause) => {
        const now = (all.at(-1)?.at ?? 0) + pause;
        expect(watermark(observed(all), now, graceMs)).toBe(naiveWatermark(all, now));
      }),
      { numRuns: 1_000 },
    );
  });

  it("does not pile observations up: a grace period's worth is kept, and one more", () => {
    const all = Array.from({ length: 1_000 }, (_, second) => ({ at: second * 1_000, value: second }));
    expect(observed(all)).toHaveLength(graceMs / 1_000 + 1);
  });

  it("leaves a margin for the time between a row's commit and its entry", () => {
    const observations = [{ at: 0, value: 60_000 }];
    expect(lostBefore(observations, graceMs, graceMs)).toBe(60_000 - enqueueMarginMs);
  });
});

/** An order's way through the queue, in milliseconds of MySQL's clock. */
interface Journey {
  readonly dueAt: number;
  readonly enqueuedAt: number;
  /** When its entry was read by a worker. */
  readonly deliveredAt: number;
  readonly claimedAt: number;
}

/** What a relay that looks once in `intervalMs` calls lost at each look, where Redis' clock is off by `skewMs`. */
function simulate(journeys: readonly Journey[], intervalMs: number, skewMs: number, endMs: number) {
  let observations: readonly Observation[] = [];
  const lost: { at: number; journey: Journey }[] = [];
  for (let now = 0; now <= endMs; now += intervalMs) {
    const waiting = journeys.filter(({ enqueuedAt, deliveredAt }) => enqueuedAt <= now && deliveredAt > now);
    const redisNow = now + skewMs;
    const ages = waiting.map(({ enqueuedAt }) => redisNow - (enqueuedAt + skewMs));
    observations = observe(observations, { at: now, value: now - Math.max(0, ...ages) }, graceMs);
    const before = lostBefore(observations, now, graceMs) ?? Number.NEGATIVE_INFINITY;
    for (const journey of journeys) {
      const isPending = journey.dueAt <= now && now < journey.claimedAt;
      if (isPending && journey.dueAt < before) lost.push({ at: now, journey });
    }
  }
  return lost;
}

const never = Number.POSITIVE_INFINITY;

/** Entries are delivered in the order in which they were enqueued. */
const anyBacklog = fc
  .array(
    fc.record({
      pause: fc.integer({ min: 0, max: 2_000 }),
      work: fc.integer({ min: 0, max: 9_000 }),
      enqueueing: fc.integer({ min: 0, max: enqueueMarginMs - 1 }),
      claiming: fc.integer({ min: 0, max: graceMs - 1 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((steps) => {
    let enqueuedAt = 0;
    let deliveredAt = 0;
    return steps.map(({ pause, work, enqueueing, claiming }): Journey => {
      enqueuedAt += pause;
      deliveredAt = Math.max(enqueuedAt, deliveredAt) + work;
      return { dueAt: enqueuedAt - enqueueing, enqueuedAt, deliveredAt, claimedAt: deliveredAt + claiming };
    });
  });

const anySkewMs = fc.integer({ min: -3_600_000, max: 3_600_000 });
const anyIntervalMs = fc.integer({ min: 50, max: 1_500 });

describe("an order", () => {
  it("in a backlog of any length is never called lost, nor while it is claimed within the grace", () => {
    fc.assert(
      fc.property(anyBacklog, anyIntervalMs, anySkewMs, (backlog, intervalMs, skewMs) => {
        const endMs = Math.max(...backlog.map(({ claimedAt }) => claimedAt)) + 10_000;
        expect(simulate(backlog, intervalMs, skewMs, endMs)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("whose entry was lost comes back in less than the grace, the margin and two looks after its due time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), anyIntervalMs, anySkewMs, (dueAt, intervalMs, skewMs) => {
        const journey = { dueAt, enqueuedAt: never, deliveredAt: never, claimedAt: never };
        const [first] = simulate([journey], intervalMs, skewMs, dueAt + 30_000);
        expect(first?.at).toBeLessThanOrEqual(dueAt + graceMs + enqueueMarginMs + 2 * intervalMs);
      }),
    );
  });

  it("that was delivered and never claimed comes back, though not before the grace is over", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60_000 }), anyIntervalMs, anySkewMs, (waits, intervalMs, skewMs) => {
        const journey = { dueAt: 0, enqueuedAt: 0, deliveredAt: waits, claimedAt: never };
        const [first] = simulate([journey], intervalMs, skewMs, waits + 30_000);
        expect(first?.at).toBeGreaterThan(graceMs);
        expect(first?.at).toBeGreaterThanOrEqual(waits + graceMs - intervalMs);
        expect(first?.at).toBeLessThanOrEqual(waits + graceMs + enqueueMarginMs + 2 * intervalMs);
      }),
    );
  });
});
