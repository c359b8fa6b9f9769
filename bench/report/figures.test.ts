import { expect, test } from "vitest";
import { count, figure, shortCount, withSpread } from "./figures.ts";
import { sampleOf } from "./results.ts";

test.each([
  [0, "0.00"],
  [0.034, "0.03"],
  [1, "1.00"],
  [5.204, "5.20"],
  [12.34, "12.3"],
  [123.4, "123"],
  [16_412.7, "16,413"],
])("%d is told as %s", (value, told) => {
  expect(figure(value)).toBe(told);
});

test("counts are told exactly, and short on axes", () => {
  expect([0, 30_000, 1.2, 2.5].map(count)).toEqual(["0", "30,000", "1.2", "2.5"]);
  expect([0, 5_000, 10_000, 12_500, 100_000, 1e6, 2.5e6].map(shortCount)).toEqual([
    ...["0", "5,000", "10 k", "12.5 k", "100 k", "1 M", "2.5 M"],
  ]);
});

test("a spread needs two rounds", () => {
  expect(withSpread(sampleOf([5]))).toBe("5.00");
  expect(withSpread(sampleOf([5, 7, 6]))).toBe("6.00 (5.00–7.00)");
});
