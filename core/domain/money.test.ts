import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { centsFromDecimal, centsFromPrice, decimalFromCents, maxPriceCents, priceFromCents } from "./money.ts";

const anyCents = fc.oneof(
  fc.integer({ min: 0, max: maxPriceCents }),
  fc.integer({ min: 0, max: 1_000 }),
  fc.integer({ min: maxPriceCents - 1_000, max: maxPriceCents }),
);

/** The decimal notation of cents, made without arithmetic. */
function written(cents: number): string {
  return String(cents).padStart(3, "0").replace(/(..)$/, ".$1");
}

const properties = { numRuns: 5_000 };

describe("cents", () => {
  it("survive becoming a price, being written as JSON and being read again", () => {
    fc.assert(
      fc.property(anyCents, (cents) => {
        const read = JSON.parse(JSON.stringify(priceFromCents(cents)));
        expect(centsFromPrice(read)).toBe(cents);
      }),
      properties,
    );
  });

  it("are read from a price as people write it", () => {
    fc.assert(
      fc.property(anyCents, (cents) => {
        expect(centsFromPrice(JSON.parse(written(cents)))).toBe(cents);
      }),
      properties,
    );
  });

  it("survive becoming a DECIMAL and being read again", () => {
    fc.assert(
      fc.property(anyCents, (cents) => {
        expect(decimalFromCents(cents)).toBe(written(cents));
        expect(centsFromDecimal(decimalFromCents(cents))).toBe(cents);
      }),
      properties,
    );
  });

  it.each([
    ["0", 0],
    ["-0", 0],
    ["0.01", 1],
    ["0.1", 10],
    ["1.10", 110],
    ["1e2", 10_000],
    ["1.15e1", 1_150],
    ["0.29", 29],
    ["1299.99", 129_999],
    ["1.1500", 115],
    ["9999999999.99", maxPriceCents],
  ])("of the price %s are %i", (json, cents) => {
    // toBe tells 0 from -0.
    expect(centsFromPrice(JSON.parse(json))).toBe(cents);
  });
});

describe("a price is refused", () => {
  it.each([0.001, 0.005, 1.005, 1.999, 2.675, 1e-7, 4.35e-3, 9_999_999_999.985, Number.POSITIVE_INFINITY, Number.NaN])(
    "when it is %d",
    (price) => {
      expect(centsFromPrice(price)).toBeNull();
    },
  );

  it("with a third decimal, whatever it is", () => {
    const anyThousandths = fc
      .integer({ min: 0, max: maxPriceCents * 10 })
      .filter((thousandths) => thousandths % 10 > 0);
    fc.assert(
      fc.property(anyThousandths, (thousandths) => {
        const text = String(thousandths)
          .padStart(4, "0")
          .replace(/(...)$/, ".$1");
        expect(centsFromPrice(JSON.parse(text))).toBeNull();
      }),
      properties,
    );
  });
});
