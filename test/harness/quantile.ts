import type { Acknowledged } from "../../cli/load/load.ts";

/** The value that a share (0 to 1) of them do not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The time within which this share (0 to 1) of the orders were answered, in milliseconds; NaN of none. */
export function latencyWithin(share: number, orders: readonly Acknowledged[]): number {
  return quantile(
    orders.map(({ latencyMs }) => latencyMs),
    share,
  );
}
