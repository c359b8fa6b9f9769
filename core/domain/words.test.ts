import { expect, it } from "vitest";
import { count, duration, quoted } from "./words.ts";

it.each([
  [-5, "0 ms"],
  [0, "0 ms"],
  [999.4, "999 ms"],
  [1_000, "1 s"],
  [2_449, "2.4 s"],
  [9_949, "9.9 s"],
  [9_950, "10 s"],
  [119_400, "119 s"],
  [119_500, "2 min"],
  [7_169_000, "119 min"],
  [7_200_000, "2 h"],
  [172_799_999, "48 h"],
  [172_800_000, "2 days"],
])("%d ms are %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it("a number of things is of one or many", () => {
  expect([0, 1, 1_200].map((n) => count(n, "order"))).toEqual(["0 orders", "1 order", "1,200 orders"]);
  expect(count(2, "order waits", "orders wait")).toBe("2 orders wait");
});

it("a quoted text is on one line", () => {
  expect(quoted(" a\n  b ")).toBe('"a b"');
});
