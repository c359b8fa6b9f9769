import { duration } from "../format.ts";
import { stats, trend } from "../state/live.ts";
import { Figure } from "./figure.tsx";

/** How long it takes from an order's creation, or from when it may be worked on, to its completion. */
export function Latencies() {
  const points = trend.value;
  const data = {
    times: points.map(({ at }) => at),
    series: [
      { name: "Median", tone: "one", isFilled: true, values: points.map(({ p50 }) => p50) },
      { name: "p95", tone: "two", isDashed: true, values: points.map(({ p95 }) => p95) },
    ],
  } as const;
  return (
    <Figure
      id="latency"
      title="Time to completion"
      unit=""
      data={data}
      format={duration}
      least={20}
      empty={stats.known.value.data === undefined ? "Waiting for the first count." : "No order is completed yet."}
    />
  );
}
