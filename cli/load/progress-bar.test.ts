import { expect, it } from "vitest";
import { progressBar } from "./progress-bar.ts";

function barOn(isTTY: boolean) {
  const seen = { now: 0, written: "" };
  const output = { isTTY, columns: 40, write: (text: string) => (seen.written += text) };
  return { seen, bar: progressBar(output, () => seen.now) };
}

it("is one row of a terminal, drawn over and no longer than it", () => {
  const { seen, bar } = barOn(true);
  bar.show(0.5, "30 of 60 s: 9,000 acknowledged");
  expect(seen.written).toBe(`\r\x1b[K${"█".repeat(12)}${"░".repeat(12)} 30 of 60 s: 9…`);
  seen.written = "";
  bar.clear();
  expect(seen.written).toBe("\r\x1b[K");
});

it("is a line every five seconds anywhere else", () => {
  const { seen, bar } = barOn(false);
  for (; seen.now <= 10_000; seen.now += 1_000) bar.show(0.5, `at ${seen.now}`);
  bar.clear();
  expect(seen.written).toBe("at 5000\nat 10000\n");
});
