import { expect, it } from "vitest";
import { relative, time } from "./times.ts";

it("a time is told from another, before or after it", () => {
  const now = Date.parse("2026-11-23T12:00:00Z");
  expect(relative("2026-11-23T12:00:07Z", now)).toBe("in 7 s");
  expect(relative("2026-11-23T11:48:00Z", now)).toBe("12 min ago");
});

it("a time with an offset is taken as UTC, and one without is refused", () => {
  expect(time("2026-11-23T13:00:00+01:00")).toBe("2026-11-23T12:00:00.000Z");
  expect(() => time("2026-11-23T13:00:00")).toThrow("A time such as");
  expect(() => time("2026-13-23T13:00:00Z")).toThrow("A time such as");
  expect(() => time("2026-02-30T13:00:00Z")).toThrow("A time such as");
});
