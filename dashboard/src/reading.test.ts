import { expect, it } from "vitest";
import { numberOf } from "./reading.ts";

it.each([
  ["1299.99", 1299.99],
  ["1299,99", 1299.99],
  ["12,5", 12.5],
  ["7", 7],
  ["-1,5", -1.5],
  ["1,000", Number.NaN],
  ["12,500", Number.NaN],
  ["1,299.99", Number.NaN],
  ["1,2,3", Number.NaN],
  ["", Number.NaN],
  ["a lot", Number.NaN],
])("%s is read as %d", (text, number) => expect(numberOf(text)).toBe(number));
