import type { Ground } from "../ground.ts";
import { type Sample, sampleOf } from "../report/results.ts";
import { drainRaw } from "../systems/raw.ts";
import { type Circumstances, type DrainRate, drains } from "./drains.ts";

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

/** What is made to grow. */
export const growthNames = ["waiting", "present", "replicas", "work"] as const;
export type GrowthName = (typeof growthNames)[number];

interface Step extends Circumstances {
  readonly label: string;
  readonly repeats: number;
}

/** What one thing grows through. */
const steps: { readonly [N in GrowthName]: readonly Step[] } = {
  waiting: [
    { label: "10 k", waiting: 10_000, repeats: 3 },
    { label: "100 k", waiting: 100_000, repeats: 3 },
    // The drain is cut at 20 s: a second would begin with what the first has left.
    { label: "1 M", waiting: 1_000_000, repeats: 1 },
  ],
  present: [
    { label: "0", waiting: 30_000, present: 0, repeats: 3 },
    { label: "1 M", waiting: 30_000, present: 1_000_000, repeats: 3 },
    { label: "10 M", waiting: 30_000, present: 10_000_000, repeats: 3 },
  ],
  replicas: [1, 2].flatMap((gateways) =>
    [1, 2, 4].map((workers) => ({
      label: `${workers} × ${gateways}`,
      ...{ waiting: 30_000, repeats: 3, system: { gateways, workers } },
    })),
  ),
  work: [0, 10, 100].map((ms) => ({
    label: `${ms} ms`,
    ...{ waiting: 30_000, repeats: 3, system: { env: { PROCESS_MS: String(ms) } } },
  })),
};

/** Measures how the drain rate changes with this thing. */
export async function measureGrowth(ground: Ground, name: GrowthName): Promise<Growth> {
  ground.report(`${name}: the limit`);
  const { orders, seconds } = await drainRaw(ground, 30_000);
  const points: GrowthPoint[] = [];
  for (const { label, repeats, ...circumstances } of steps[name]) {
    ground.report(`${name}: ${label}`);
    points.push(pointOf(label, await drains(ground, circumstances, repeats)));
  }
  return { name, raw: orders / seconds, points };
}

function pointOf(label: string, rates: readonly DrainRate[]): GrowthPoint {
  const processes = Object.keys(rates[0]?.cpuMicros ?? {});
  const micros = (process: string) => sampleOf(rates.map(({ cpuMicros }) => cpuMicros[process] ?? Number.NaN)).median;
  return {
    label,
    ordersPerSecond: sampleOf(rates.map(({ ordersPerSecond }) => ordersPerSecond)),
    cpuMicros: Object.fromEntries(processes.map((process) => [process, micros(process)])),
  };
}
