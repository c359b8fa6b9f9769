/** A comma is a decimal sign only where it can be nothing else: "1,000" is a thousand to many, and no number here. */
const decimalComma = /^(-?\d+),(\d{1,2})$/;

/** The number that somebody has typed; NaN, which JSON has as null, when it is none: the API says what it expected. */
export function numberOf(text: string): number {
  return text === "" ? Number.NaN : Number(text.replace(decimalComma, "$1.$2"));
}
