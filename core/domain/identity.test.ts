import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBirths, isUuid } from "./identity.ts";

const start = Date.parse("2026-11-23T12:00:00.000Z");

/** RFC 9562 section 5.7: the first 48 bits are milliseconds since the Unix epoch. */
const timeOf = (id: string) => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);

/** Identities made while the clock moves by these steps. */
function births(stepsMs: readonly number[]) {
  let now = start;
  const next = createBirths(() => now);
  return stepsMs.map((step) => {
    now += step;
    return { ...next(), now };
  });
}

function expectGrowing(ids: readonly string[]): void {
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
}

describe("an identity", () => {
  it("is a UUIDv7 whose time is the time of creation", () => {
    const [birth] = births([0]);
    expect(birth?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(birth?.createdAt.getTime()).toBe(start);
    expect(timeOf(birth?.id ?? "")).toBe(start);
  });

  it("is greater than the one before, and has its own time, while the clock goes on", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 2 }), (steps) => {
        const made = births(steps);
        expectGrowing(made.map(({ id }) => id));
        for (const { id, createdAt, now } of made) expect([timeOf(id), createdAt.getTime()]).toEqual([now, now]);
      }),
    );
  });

  it("is greater than the one before also when the clock stands still", () => {
    expectGrowing(births(Array.from({ length: 20_000 }, () => 0)).map(({ id }) => id));
  });

  it("is greater than the one before also when the clock is set back by seconds", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -200, max: 200 }), { minLength: 2, maxLength: 50 }), (steps) => {
        expectGrowing(births(steps).map(({ id }) => id));
      }),
    );
  });

  it("follows a clock that is set back by hours, rather than carry a wrong time on for ever", () => {
    const [, second] = births([0, -7_200_000]);
    expect(timeOf(second?.id ?? "")).toBe(start - 7_200_000);
    expect(second?.createdAt.getTime()).toBe(start - 7_200_000);
  });

  it("asks the clock once", () => {
    let asked = 0;
    createBirths(() => start + asked++)();
    expect(asked).toBe(1);
  });
});

describe("a UUID in text form", () => {
  it.each(["019aac53-1234-7000-8000-0123456789ab", "019AAC53-1234-7000-8000-0123456789AB"])("is seen in %s", (text) => {
    expect(isUuid(text)).toBe(true);
  });

  it.each([
    "",
    "1",
    "019aac53123470008000-0123456789ab",
    "019aac53-1234-7000-8000-0123456789a",
    "019aac53-1234-7000-8000-0123456789abc",
    "019aac53-1234-7000-8000-0123456789ag",
    "{019aac53-1234-7000-8000-0123456789ab}",
    "019aac53-1234-7000-8000-0123456789ab\n",
    " 019aac53-1234-7000-8000-0123456789ab",
  ])("is not seen in %j", (text) => {
    expect(isUuid(text)).toBe(false);
  });
});
