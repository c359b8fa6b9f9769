import { expect, test } from "vitest";
import { linearScale, logScale } from "./scale.ts";

const extent = { from: 100, to: 200 };

test.each([
  [0, 16_000, 4, [0, 5_000, 10_000, 15_000, 20_000]],
  [0, 20_000, 4, [0, 5_000, 10_000, 15_000, 20_000]],
  [0, 0.9, 4, [0, 0.25, 0.5, 0.75, 1]],
  [2, 14, 8, [0, 2, 4, 6, 8, 10, 12, 14]],
  [-1.5, 11, 8, [-2, 0, 2, 4, 6, 8, 10, 12]],
  [0, 0, 4, [0, 1]],
])("from %d to %d in about %d steps", (lowest, highest, steps, ticks) => {
  const scale = linearScale(extent, lowest, highest, steps);
  expect(scale.ticks).toEqual(ticks);
  expect(scale.at(ticks[0]!)).toBe(100);
  expect(scale.at(ticks.at(-1)!)).toBe(200);
});

test("a logarithmic axis has equal distances for equal ratios", () => {
  const scale = logScale(extent, [1e6, 1e4, 1e5, 1e4]);
  expect(scale.ticks).toEqual([1e4, 1e5, 1e6]);
  expect([1e4, 1e5, 1e6].map((value) => Math.round(scale.at(value)))).toEqual([100, 150, 200]);
  expect(logScale(extent, [5]).at(5)).toBe(150);
  expect(() => logScale(extent, [0, 10])).toThrow(/no place for 0/);
});
