import { expect, it } from "vitest";
import { createEpochClock } from "./epoch-clock.ts";

function clockOf(wall: number, monotonic: number) {
  const hands = { wall, monotonic };
  const now = createEpochClock(
    () => hands.wall,
    () => hands.monotonic,
    wall - monotonic,
  );
  return { hands, now };
}

it("goes with the monotonic clock between the wall clock's milliseconds", () => {
  const { hands, now } = clockOf(1_000_000, 50);
  hands.monotonic += 0.25;
  expect(now()).toBe(1_000_000.25);
});

it("does not follow a wall clock that is set a little", () => {
  const { hands, now } = clockOf(1_000_000, 50);
  hands.wall -= 15;
  hands.monotonic += 1;
  expect(now()).toBe(1_000_001);
});

it("begins with the wall clock where the process' beginning is not known well", () => {
  const now = createEpochClock(
    () => 1_000_000,
    () => 50,
    0,
  );
  expect(now()).toBe(1_000_000);
});

it("follows a wall clock that went on while the process was frozen", () => {
  const { hands, now } = clockOf(1_000_000, 50);
  hands.wall += 60_000;
  hands.monotonic += 1;
  expect(now()).toBe(1_060_000);
  hands.monotonic += 0.5;
  expect(now()).toBe(1_060_000.5);
});
