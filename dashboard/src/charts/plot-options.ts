import type uPlot from "uplot";
import { clock } from "../format.ts";
import { systemTime } from "../state/clock.ts";
import { trendMs } from "../state/trend.ts";
import type { Series } from "./series.ts";

/** The plot shows no less time than this, in seconds. */
const leastSeconds = 60;

export interface Looks {
  /** Asked for at each painting, because the theme may change. */
  readonly colour: (of: string) => string;
  readonly format: (value: number) => string;
  /** No scale ends below this value. */
  readonly least: number;
  /** Told which point is pointed at, if any. */
  readonly onPoint: (index: number | undefined) => void;
}

/** How uPlot draws these series. */
export function plotOptions(series: readonly Series[], size: uPlot.Options, looks: Looks): uPlot.Options {
  const { colour, format, least, onPoint } = looks;
  const font = "11px system-ui, sans-serif";
  const axis = { stroke: () => colour("axis"), font, ticks: { show: false } };
  const grid = { stroke: () => colour("grid"), width: 1 };
  return {
    ...size,
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { range: ({ data: [times] }) => timeRange(times[0]) },
      y: { range: (_, __, max) => [0, Math.max(least, (max ?? 0) * 1.12)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        gap: 6,
        space: 72,
        values: (_, times) => times.map((time) => clock(time * 1_000, systemTime())),
      },
      { ...axis, grid, size: 46, space: 34, values: (_, values) => values.map(format) },
    ],
    series: [{}, ...series.map((one) => line(one, colour))],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)] },
  };
}

function line({ name, tone, isDashed, isFilled }: Series, colour: Looks["colour"]): uPlot.Series {
  return {
    label: name,
    stroke: () => colour(tone),
    width: 2,
    // One value alone makes no line.
    points: { show: ({ data: [times] }) => times.length < 3, size: 6 },
    ...(isDashed && { dash: [5, 4] }),
    ...(isFilled && { fill: () => colour(`${tone}-fill`) }),
  };
}

/** The latest five minutes, or as much as is known, in seconds. */
function timeRange(first: number | undefined): [number, number] {
  const end = systemTime() / 1_000;
  return [Math.max(end - trendMs / 1_000, Math.min(first ?? end, end - leastSeconds)), end];
}
