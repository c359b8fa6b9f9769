import { expect, it } from "vitest";
import formatToClfTime from "./clf-time.ts";

it.each([
  [Date.UTC(2026, 10, 24, 12), "24/Nov/2026:12:00:00 +0000"],
  [Date.UTC(2026, 0, 5, 3, 4, 9, 999), "05/Jan/2026:03:04:09 +0000"],
])("%d is %s", (ms, text) => {
  expect(formatToClfTime(ms)).toBe(text);
});
