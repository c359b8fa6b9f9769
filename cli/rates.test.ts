import { expect, it } from "vitest";
import type { Stats } from "../core/api/documents.ts";
import { RateMeter } from "./rates.ts";

const stats = (second: number, pending: number, completed: number): Stats => ({
  asOf: new Date(Date.UTC(2026, 10, 23, 12, 0, second)).toISOString(),
  counts: { scheduled: 0, pending, processing: 0, completed, failed: 0, cancelled: 0 },
  queueDepth: 0,
  oldestPendingAgeMs: 0,
  workers: [],
});

it("orders a second are told by the times that the counts are of, not by when they were read", () => {
  const meter = new RateMeter();
  expect(meter.rates(stats(0, 0, 100))).toBeUndefined();
  expect(meter.rates(stats(0, 0, 100))).toBeUndefined();
  expect(meter.rates(stats(5, 50, 150))).toEqual({ created: 20, completed: 10 });
  expect(meter.rates(stats(5, 50, 150))).toEqual({ created: 20, completed: 10 });
});

it("what is over ten seconds old counts no more, unless there is nothing newer", () => {
  const meter = new RateMeter();
  meter.rates(stats(0, 0, 0));
  expect(meter.rates(stats(30, 0, 300))).toEqual({ created: 10, completed: 10 });
  expect(meter.rates(stats(30, 0, 300))).toEqual({ created: 10, completed: 10 });
  expect(meter.rates(stats(32, 0, 300))).toEqual({ created: 0, completed: 0 });
});

it("orders that were archived are not completed backwards", () => {
  const meter = new RateMeter();
  meter.rates(stats(0, 0, 1_000));
  expect(meter.rates(stats(5, 0, 500))).toEqual({ created: 0, completed: 0 });
});
