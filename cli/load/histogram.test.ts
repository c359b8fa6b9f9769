import { expect, it } from "vitest";
import { histogram } from "./histogram.ts";

it("counts each latency in the narrowest bucket that holds it, with the empty ones in between", () => {
  const lines = histogram([1.5, 2, 2.1, 90, ...Array<number>(100).fill(9)]);
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["≤ 2 ms", "█", "2"],
    ["≤ 5 ms", "█", "1"],
    ["≤ 10 ms", "█".repeat(40), "100"],
    ["≤ 20 ms", "0"],
    ["≤ 50 ms", "0"],
    ["≤ 100 ms", "█", "1"],
  ]);
});

it("has nothing to show of nothing", () => expect(histogram([])).toEqual([]));
