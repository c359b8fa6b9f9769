import { expect, it } from "vitest";
import { clock, duration, moment, price, rate, relative } from "./format.ts";

it.each([
  [0, "0 ms"],
  [0.4, "0 ms"],
  [999, "999 ms"],
  [999.6, "1.0 s"],
  [9_949, "9.9 s"],
  [9_950, "10 s"],
  [59_499, "59 s"],
  [60_000, "1 min"],
  [192_000, "3 min 12 s"],
  [7_500_000, "2 h 5 min"],
  [3 * 86_400_000 + 4 * 3_600_000, "3 d 4 h"],
])("%d ms are %s", (ms, text) => expect(duration(ms)).toBe(text));

it.each([
  [0, "now"],
  [999, "now"],
  [-999, "now"],
  [12_400, "12 s ago"],
  [192_000, "3 min ago"],
  [-7_500_000, "in 2 h"],
  [50 * 3_600_000, "2 d ago"],
])("%d ms before now are %s", (ms, text) => expect(relative(1_000_000_000 - ms, 1_000_000_000)).toBe(text));

it.each([
  [0, "0"],
  [0.34, "0.3"],
  [9.96, "10.0"],
  [12.4, "12"],
  [12_345.6, "12,346"],
])("%d orders a second are %s", (value, text) => expect(rate(value)).toBe(text));

it("a time of today is a clock's, one of another day has the day", () => {
  const time = new Date(2026, 10, 28, 9, 5, 7).getTime();
  expect(clock(time, time + 3_600_000)).toBe("09:05:07");
  expect(clock(time, time + 24 * 3_600_000)).toBe("Nov 28, 09:05:07");
  expect(clock(time, new Date(2027, 10, 28, 9, 5, 7).getTime())).toBe("Nov 28, 2026, 09:05:07");
});

it("prices have two decimals, and moments their milliseconds and zone", () => {
  expect(price(1_299.9)).toBe("1,299.90");
  expect(moment("2026-11-28T15:42:43.120Z")).toMatch(/^Nov 28, 2026, \d\d:\d\d:43\.120 \S+$/);
});
