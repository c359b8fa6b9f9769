import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBirths } from "../domain/identity.ts";
import { samplerOf } from "./sampling.ts";

const shares = [0, 0.25, 0.5, 1] as const;

// The worker's tests have the same.
describe.each([
  ["01a2090f-79ac-7a03-964f-3256223620c7", [false, false, false, true]],
  ["01a2090f-79ac-7a03-9600-000000000000", [false, false, false, true]],
  ["01a2090f-79ac-7a03-967f-ffffffffffff", [false, false, false, true]],
  ["01a2090f-79ac-7a03-9680-000000000000", [false, false, true, true]],
  ["01a2090f-79ac-7a03-96bf-ffffffffffff", [false, false, true, true]],
  ["01a2090f-79ac-7a03-96c0-000000000000", [false, true, true, true]],
  ["01a2090f-79ac-7a03-96ff-ffffffffffff", [false, true, true, true]],
])("the order %s", (id, expected) => {
  it("is traced by the end of its id and the share", () => {
    expect(shares.map((share) => samplerOf(share)(id))).toEqual(expected);
  });
});

it("the decision is the one of numbers: the last 56 bits against (1 - share) * 2^56", () => {
  const digits = fc.bigInt({ min: 0n, max: 2n ** 56n - 1n });
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), digits, (share, bits) => {
      const hex = bits.toString(16).padStart(14, "0");
      const id = `01a2090f-79ac-7a03-96${hex.slice(0, 2)}-${hex.slice(2)}`;
      expect(samplerOf(share)(id)).toBe(bits >= BigInt(Math.ceil((1 - share) * 2 ** 56)));
    }),
  );
});

it("of many orders the share is traced, and whoever is traced at a share is traced at every larger one", () => {
  // Ids of one millisecond are counted on from a random number: orders of one batch are mostly traced all or none.
  let time = 1_795_000_000_000;
  const nextBirth = createBirths(() => time++);
  const ids = Array.from({ length: 20_000 }, () => nextBirth().id);
  const tenth = ids.filter(samplerOf(0.1));
  expect(tenth.length).toBeGreaterThan(1_700);
  expect(tenth.length).toBeLessThan(2_300);
  expect(tenth.filter(samplerOf(0.2))).toEqual(tenth);
});
