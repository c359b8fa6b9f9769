import { describe, expect, it } from "vitest";
import { checkSkew, measureSkew } from "./clock.ts";

/** A clock that is off, asked over a network that takes so long there and back, each time. */
function network(skewMs: number, trips: readonly (readonly [there: number, back: number])[]) {
  let now = 1_000_000;
  let asked = 0;
  return {
    now: () => now,
    read: async () => {
      const [there, back] = trips[asked++ % trips.length] ?? [0, 0];
      const theirs = now + there + skewMs;
      now += there + back;
      return theirs;
    },
  };
}

describe("the skew of a clock", () => {
  it.each([0, 5_000, -5_000, 90_000])("of %d ms is found over a network that is slow at times", async (skewMs) => {
    const { read, now } = network(skewMs, [
      [900, 10],
      [2, 2],
      [10, 700],
    ]);
    const skew = await measureSkew(read, now);
    expect(skew).toEqual({ skewMs, uncertaintyMs: 3 });
  });

  it.each([
    [400, 0],
    [0, 400],
    [200, 200],
  ])("is never claimed for a slow way there of %d ms and back of %d ms", async (there, back) => {
    const { read, now } = network(0, [[there, back]]);
    const { skewMs, uncertaintyMs } = await measureSkew(read, now);
    expect(Math.abs(skewMs)).toBeLessThanOrEqual(uncertaintyMs);
  });
});

describe("a skew", () => {
  const subject = { name: "clock", expected: "within 1 s", fix: "set it" };
  const limits = { warnMs: 1_000, failMs: 60_000 };

  it.each([
    [0, 1, "ok"],
    [1_005, 10, "ok"],
    [-1_005, 10, "ok"],
    [1_020, 10, "warn"],
    [-1_020, 10, "warn"],
    [60_020, 10, "fail"],
    [-60_020, 10, "fail"],
    [30_000, 30_000, "ok"],
  ])("of %d ± %d ms is %s", (skewMs, uncertaintyMs, status) => {
    expect(checkSkew(subject, { skewMs, uncertaintyMs }, limits).status).toBe(status);
  });

  it("is told with its direction", () => {
    expect(checkSkew(subject, { skewMs: -2_500, uncertaintyMs: 4 }, limits)).toEqual({
      ...{ name: "clock", status: "warn", found: "2.5 s behind, ± 4 ms", expected: "within 1 s", fix: "set it" },
    });
  });
});
