import { describe, expect, onTestFinished, test, vi } from "vitest";
import { AwakeClock } from "./awake-clock.ts";

/** A clock that starts at 0, and a way to let time pass in which nobody looks at it. */
function newClock() {
  let at = 1_000_000;
  const clock = new AwakeClock(() => at);
  const pass = (ms: number) => {
    at += ms;
    return clock.now();
  };
  return { pass };
}

describe("the clock of a process", () => {
  test.each<[string, number[], number]>([
    ["that nobody has looked at yet", [], 0],
    ["that is looked at often", [500, 500, 500], 1_500],
    ["that is busy for a while", [500, 2_000, 500], 3_000],
    ["that was frozen", [500, 60_000, 500], 3_000],
    ["that was frozen again and again", [60_000, 60_000, 60_000], 6_000],
  ])("%s", (_, steps, elapsedMs) => {
    const { pass } = newClock();
    for (const ms of steps) pass(ms);
    expect(pass(0)).toBe(elapsedMs);
  });

  test("is looked at by itself until it is stopped", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const clock = new AwakeClock();
    clock.start();
    clock.start();
    vi.advanceTimersByTime(60_000);
    expect(clock.now()).toBe(60_000);
    clock.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
