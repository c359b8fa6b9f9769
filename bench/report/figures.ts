import type { Sample } from "./results.ts";

/** A measured number for people: three digits, or all of those before the point, grouped. */
export function figure(value: number): string {
  return withDigits(value, 3);
}

/** A measured number with this many digits, or all of those before the point when they are more. */
export function withDigits(value: number, digits: number): string {
  const before = Math.abs(value) < 1 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1;
  const fraction = Math.max(0, digits - before);
  return value.toLocaleString("en-US", { minimumFractionDigits: fraction, maximumFractionDigits: fraction });
}

/** A number that is known exactly, such as a count or a limit. */
export function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}

/** A number that is known exactly, short: 10 k, 1 M. */
export function shortCount(value: number): string {
  if (Math.abs(value) >= 1e6) return `${count(value / 1e6)} M`;
  return Math.abs(value) >= 1e4 ? `${count(value / 1e3)} k` : count(value);
}

/** The median, with the lowest and the highest when there were several rounds. */
export function withSpread({ median, low, high, values }: Sample): string {
  return values.length > 1 ? `${figure(median)} (${figure(low)}–${figure(high)})` : figure(median);
}
