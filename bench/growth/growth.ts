import { type Sample, sampleOf } from "../report/results.ts";
import type { DrainRate } from "./drains.ts";

/** What is made to grow, or is turned on. */
export const growthNames = ["waiting", "present", "replicas", "work", "telemetry"] as const;
export type GrowthName = (typeof growthNames)[number];

/** The drain under one circumstance. */
interface GrowthPoint {
  /** Such as "100 k". */
  readonly label: string;
  readonly ordersPerSecond: Sample;
  /** The median of CPU microseconds an order, by process. */
  readonly cpuMicros: Readonly<Record<string, number>>;
}

/** How the drain rate changes with one thing, all others being equal. */
export interface Growth {
  readonly name: GrowthName;
  /** The limit on this machine just before, in orders a second: the SQL of a drain driven straight at MySQL. */
  readonly raw: number;
  readonly points: readonly GrowthPoint[];
}

export function pointOf(label: string, rates: readonly DrainRate[]): GrowthPoint {
  const processes = Object.keys(rates[0]?.cpuMicros ?? {});
  const micros = (process: string) => sampleOf(rates.map(({ cpuMicros }) => cpuMicros[process] ?? Number.NaN)).median;
  return {
    label,
    ordersPerSecond: sampleOf(rates.map(({ ordersPerSecond }) => ordersPerSecond)),
    cpuMicros: Object.fromEntries(processes.map((process) => [process, micros(process)])),
  };
}
