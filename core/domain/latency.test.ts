import { expect, it } from "vitest";
import { latencyOf } from "./latency.ts";

it("of no order there is none", () => {
  expect(latencyOf([])).toBeUndefined();
});

it("of one order every percentile is its own", () => {
  expect(latencyOf([7])).toEqual({ orders: 1, p50: 7, p95: 7, p99: 7 });
});

it("percentiles are those that a hundred, and a thousand, have by rank, in whatever order they come", () => {
  const upTo = (n: number) => Array.from({ length: n }, (_, index) => n - index);
  expect(latencyOf(upTo(100))).toEqual({ orders: 100, p50: 50, p95: 95, p99: 99 });
  expect(latencyOf(upTo(1_000))).toEqual({ orders: 1_000, p50: 500, p95: 950, p99: 990 });
});
