import type { Ground } from "../ground.ts";
import { drainRaw } from "../systems/raw.ts";
import { type Circumstances, drains } from "./drains.ts";
import { type Growth, type GrowthName, pointOf } from "./growth.ts";

/** What {@link measureGrowth} measures. */
type Grown = Exclude<GrowthName, "telemetry">;

interface Step extends Circumstances {
  readonly label: string;
  readonly repeats: number;
}

/** What one thing grows through. */
const steps: { readonly [N in Grown]: readonly Step[] } = {
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
export async function measureGrowth(ground: Ground, name: Grown): Promise<Growth> {
  ground.report(`${name}: the limit`);
  const { orders, seconds } = await drainRaw(ground, 30_000);
  const points: Growth["points"][number][] = [];
  for (const { label, repeats, ...circumstances } of steps[name]) {
    ground.report(`${name}: ${label}`);
    points.push(pointOf(label, await drains(ground, circumstances, repeats)));
  }
  return { name, raw: orders / seconds, points };
}
