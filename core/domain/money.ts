/** The largest price: what DECIMAL(12,2) holds less two digits, 9,999,999,999.99. */
export const maxPriceCents = 999_999_999_999;

/** The cents of a price that is exact to two decimals; null for every other number. */
export function centsFromPrice(price: number): number | null {
  const cents = Math.round(price * 100);
  // Exact below 2^53 cents: a double of two decimals is the nearest one to its cents / 100. Adding 0 turns -0 into 0.
  return Number.isSafeInteger(cents) && cents / 100 === price ? cents + 0 : null;
}

/** A price as JSON has it: the double nearest to the cents, printed with at most two decimals. */
export function priceFromCents(cents: number): number {
  return cents / 100;
}

/** A DECIMAL(12,2) in text form, such as `1299.99`. */
export function decimalFromCents(cents: number): string {
  const digits = cents.toString().padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The cents of a DECIMAL(12,2) in text form. */
export function centsFromDecimal(decimal: string): number {
  return Number(decimal.replace(".", ""));
}
