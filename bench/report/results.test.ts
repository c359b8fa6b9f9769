import { expect, test } from "vitest";
import { sampleOf } from "./results.ts";

test.each([
  [[7], { median: 7, low: 7, high: 7 }],
  [[9, 1, 5], { median: 5, low: 1, high: 9 }],
  [[10, 2, 4, 100], { median: 7, low: 2, high: 100 }],
])("the sample of %j", (values, expected) => {
  expect(sampleOf(values)).toEqual({ ...expected, values });
});

test("no value, and one that is no number, is no sample", () => {
  expect(() => sampleOf([])).toThrow(/needs a value/);
  expect(() => sampleOf([1, Number.NaN])).toThrow(/NaN was measured/);
  expect(() => sampleOf([Number.POSITIVE_INFINITY])).toThrow(RangeError);
});
