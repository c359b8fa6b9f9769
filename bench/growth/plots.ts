import type { Plot } from "../report/plot.ts";
import type { Growth, GrowthName } from "./growth.ts";
import type { HeldPurge } from "./held-purge.ts";

const drained = "orders drained a second";
const conditions = "claim and completion with history; 2 cores, MySQL with durable defaults";

const titles: { readonly [N in GrowthName]: { readonly title: string; readonly x: string } } = {
  waiting: { title: "Drain rate by the orders that wait", x: "orders waiting when the drain begins" },
  present: { title: "Drain rate by the orders in the table", x: "rows of other orders in the table" },
  replicas: { title: "Drain rate by workers and gateways", x: "workers × gateways, all on the same cores" },
  telemetry: {
    title: "Drain rate by what is told of it",
    x: "metrics scraped every second; spans to a collector on the same cores",
  },
  work: { title: "Drain rate by the time that an order's work takes", x: "PROCESS_MS of an order; 1,000 at once" },
};

/** How the drain rate changed with one thing. */
export function growthPlot({ name, points }: Growth): Plot {
  return {
    title: titles[name].title,
    subtitle: conditions,
    x: { label: titles[name].x, scale: "categories" },
    panels: [
      {
        label: drained,
        series: [
          { name: "orders/s", points: points.map(({ label, ordersPerSecond }) => ({ x: label, y: ordersPerSecond })) },
        ],
      },
    ],
  };
}

/** How the drain rate and the relay's looks changed while a transaction was open. */
export function heldPurgePlot(looks: readonly HeldPurge[]): Plot {
  const during = looks.filter(({ phase }) => phase === "held");
  const [first, last] = [during[0]?.minutes ?? 0, during.at(-1)?.minutes ?? 0];
  const line = (name: string, of: (look: (typeof looks)[number]) => number) => ({
    name,
    points: looks.map((look) => ({ x: look.minutes, y: of(look) })),
  });
  return {
    title: "While one transaction holds MySQL's purge back",
    subtitle: conditions,
    x: { label: "minutes since the transaction began", scale: "linear" },
    bands: [{ from: first, to: last, label: "the transaction is open" }],
    panels: [
      { label: drained, series: [line("orders/s", ({ ordersPerSecond }) => ordersPerSecond)] },
      {
        label: "a look of the relay, ms",
        series: [
          line("lost", ({ scanMs }) => scanMs.lost),
          line("expired", ({ scanMs }) => scanMs.expired),
          line("due", ({ scanMs }) => scanMs.due),
        ],
      },
    ],
  };
}
