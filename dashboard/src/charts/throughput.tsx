import { rate } from "../format.ts";
import { trend } from "../state/live.ts";
import { Figure } from "./figure.tsx";

/** How many orders come in, and how many are done. */
export function Throughput() {
  const points = trend.value;
  const data = {
    times: points.map(({ at }) => at),
    series: [
      { name: "Created", tone: "one", isFilled: true, values: points.map(({ createdRate }) => createdRate) },
      { name: "Completed", tone: "two", isDashed: true, values: points.map(({ completedRate }) => completedRate) },
    ],
  } as const;
  return (
    <Figure
      id="throughput"
      title="Throughput"
      unit="/s"
      data={data}
      format={rate}
      least={5}
      empty="The first rate comes within a few seconds."
    />
  );
}
