import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { DatabaseUnavailable } from "../core/db/errors.ts";
import { CallWatch } from "./call-watch.ts";

/** A watch, its clock, and calls that end when the test says so. */
function newWatch() {
  let now = 1_000_000;
  const watch = new CallWatch(() => now);
  const pass = (ms: number) => {
    now += ms;
    return watch.stalledMs;
  };
  const call = () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const ended = watch.track(() => promise).catch((error: Error) => error);
    const end = (error?: Error) => {
      if (error === undefined) resolve("answer");
      else reject(error);
      return ended;
    };
    return { end };
  };
  return { pass, call };
}

const unavailable = new DatabaseUnavailable("MySQL did not answer within 4000 ms");
const serviceError = (code: status) => Object.assign(new Error("refused"), { code });

describe("calls", () => {
  test("that do not come are no stall", () => {
    expect(newWatch().pass(60_000)).toBe(0);
  });

  test("that are answered are none either, and the answers are passed on", async () => {
    const { pass, call } = newWatch();
    for (let round = 0; round < 5; round++) {
      const { end } = call();
      expect(pass(3_000)).toBe(3_000);
      expect(await end()).toBe("answer");
      expect(pass(0)).toBe(0);
    }
    expect(pass(60_000)).toBe(0);
  });

  test("that are never answered are one since the first came", () => {
    const { pass, call } = newWatch();
    call();
    pass(4_000);
    call();
    expect(pass(8_000)).toBe(12_000);
  });

  test("of which one is answered count from that answer on", async () => {
    const { pass, call } = newWatch();
    call();
    const { end } = call();
    pass(8_000);
    await end();
    expect(pass(3_000)).toBe(3_000);
  });

  test.each([
    ["MySQL does not do it in time", unavailable, 12_000],
    ["the caller waits no longer", serviceError(status.CANCELLED), 12_000],
    ["they are refused", serviceError(status.INVALID_ARGUMENT), 4_000],
    ["they meet a fault", new RangeError("a fault"), 4_000],
  ])("that come again and again while %s", async (_, error, stalledMs) => {
    const { pass, call } = newWatch();
    for (let round = 0; round < 2; round++) {
      const { end } = call();
      pass(3_900);
      expect(await end(error)).toBe(error);
      pass(100);
    }
    call();
    expect(pass(4_000)).toBe(stalledMs);
  });

  test("that ended unanswered are forgotten when none comes any more", async () => {
    const { pass, call } = newWatch();
    const { end } = call();
    pass(4_000);
    await end(unavailable);
    expect(pass(5_000)).toBe(9_000);
    expect(pass(1)).toBe(0);
    call();
    expect(pass(2_000)).toBe(2_000);
  });
});
