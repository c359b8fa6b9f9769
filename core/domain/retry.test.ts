import fc from "fast-check";
import { expect, it } from "vitest";
import { backoffMs, defaultBackoff } from "./retry.ts";

const highest = 1 - Number.EPSILON / 2;
const anyRandom = fc.double({ min: 0, max: highest, noNaN: true });
const anyFailures = fc.integer({ min: 1, max: 2_000 });
const anyBounds = fc.record({
  baseMs: fc.integer({ min: 1, max: 60_000 }),
  capMs: fc.integer({ min: 1, max: 3_600_000 }),
});

it.each([
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [6, 32_000],
  [7, 60_000],
  [1_000, 60_000],
  [2_000, 60_000],
])("after failure %i waits less than %i ms by default", (failures, ceiling) => {
  expect(backoffMs(failures, { ...defaultBackoff, random: () => 0 })).toBe(0);
  expect(backoffMs(failures, { ...defaultBackoff, random: () => 0.5 })).toBe(ceiling / 2);
  expect(backoffMs(failures, { ...defaultBackoff, random: () => highest })).toBe(ceiling - 1);
});

it("is whole milliseconds from 0 to less than the smaller of the cap and the doubled base", () => {
  fc.assert(
    fc.property(anyFailures, anyBounds, anyRandom, (failures, bounds, random) => {
      const ms = backoffMs(failures, { ...bounds, random: () => random });
      let doubled = bounds.baseMs;
      for (let n = 1; n < failures && doubled < bounds.capMs; n++) doubled *= 2;
      expect(Number.isSafeInteger(ms)).toBe(true);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThan(Math.min(bounds.capMs, doubled));
    }),
  );
});

it("spreads evenly: every tenth of the randomness gets a tenth of the range", () => {
  fc.assert(
    fc.property(anyFailures, fc.integer({ min: 0, max: 9 }), (failures, tenth) => {
      const ceiling = backoffMs(failures, { ...defaultBackoff, random: () => highest }) + 1;
      const from = backoffMs(failures, { ...defaultBackoff, random: () => tenth / 10 });
      expect(from).toBe(Math.floor((tenth / 10) * ceiling));
    }),
  );
});

it("asks for randomness once", () => {
  let asked = 0;
  backoffMs(3, { ...defaultBackoff, random: () => asked++ });
  expect(asked).toBe(1);
});
