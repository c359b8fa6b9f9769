import { count, figure, shortCount } from "./figures.ts";
import type { Sample } from "./results.ts";
import { type Extent, linearScale, logScale, type Scale } from "./scale.ts";
import { lineThrough, rectangle, round, seriesColours, spreadMark, svgDocument, textAt } from "./svg.ts";

/** Lines over one x axis, in one panel or several below each other. */
export interface Plot {
  readonly title: string;
  /** Under which conditions it was measured. */
  readonly subtitle: string;
  readonly x: {
    readonly label: string;
    /** Categories stand at equal distances, in the order of their first appearance. */
    readonly scale: "categories" | "log" | "linear";
  };
  readonly panels: readonly Panel[];
  /** Stretches of a log or linear x axis in which something held. */
  readonly bands?: readonly { readonly from: number; readonly to: number; readonly label: string }[];
}

/** Lines that share a y axis, which begins at zero. */
interface Panel {
  /** What the y axis tells, with its unit. */
  readonly label: string;
  readonly series: readonly Series[];
}

/** A line; of one with more than eight points only the lowest and the highest are told as figures. */
interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

interface Point {
  readonly x: number | string;
  /** A sample is drawn at its median, with its spread. */
  readonly y: number | Sample;
}

const width = 800;
const margin = 28;
const area: Extent = { from: 84, to: width - 48 };
const mostTold = 8;
const figureHeight = 14;
const marks = [
  (x: number, y: number) => `M${round(x - 4.5)} ${round(y)}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z`,
  (x: number, y: number) => `M${round(x - 4)} ${round(y - 4)}h8v8h-8z`,
  (x: number, y: number) => `M${round(x)} ${round(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5z`,
  (x: number, y: number) => `M${round(x)} ${round(y - 5)}l5.5 9.5h-11z`,
];

/**
 * A line plot as an SVG document.
 *
 * @throws RangeError for a plot that cannot be drawn, saying why
 */
export function linePlot(plot: Plot): string {
  expectDrawable(plot);
  const x = xAxis(plot);
  const height = plot.panels.length === 1 ? 240 : 170;
  const tops = plot.panels.map((_, index) => 100 + index * (height + 62));
  const bottom = (tops.at(-1) ?? 0) + 14 + height;
  const body = [
    textAt(margin, 41, { text: plot.title, class: "title ink" }),
    textAt(margin, 64, { text: plot.subtitle, class: "muted" }),
    ...plot.panels.flatMap((panel, index) => drawPanel(plot, panel, { top: tops[index] ?? 0, height, x })),
    ...x.ticks.map(({ at, told }) => textAt(at, bottom + 20, { text: told, class: "small muted" }, "middle")),
    textAt((area.from + area.to) / 2, bottom + 42, { text: plot.x.label, class: "ink" }, "middle"),
  ];
  const { title, subtitle } = plot;
  return svgDocument({ width, height: bottom + 62, title, description: `${subtitle}. ${describe(plot)}`, body });
}

interface XAxis {
  readonly at: (value: number | string) => number;
  readonly ticks: readonly { readonly at: number; readonly told: string }[];
}

function xAxis({ x, panels, bands = [] }: Plot): XAxis {
  const values = panels.flatMap(({ series }) => series.flatMap(({ points }) => points.map((point) => point.x)));
  if (x.scale === "categories") {
    const names = [...new Set(values)];
    const step = (area.to - area.from) / names.length;
    const at = (value: number | string) => area.from + (names.indexOf(value) + 0.5) * step;
    return { at, ticks: names.map((name) => ({ at: at(name), told: toldX(name) })) };
  }
  const numbers = [...values.map(Number), ...bands.flatMap(({ from, to }) => [from, to])];
  const inner = { from: area.from + 24, to: area.to - 24 };
  const scale: Scale =
    x.scale === "log" ? logScale(inner, numbers) : linearScale(area, Math.min(...numbers), Math.max(...numbers), 8);
  return {
    at: (value) => scale.at(Number(value)),
    ticks: scale.ticks.map((tick) => ({ at: scale.at(tick), told: toldX(tick) })),
  };
}

interface Places {
  readonly top: number;
  readonly height: number;
  readonly x: XAxis;
}

function drawPanel({ bands = [] }: Plot, { label, series }: Panel, { top, height, x }: Places): string[] {
  const floor = top + 14 + height;
  const highest = Math.max(...series.flatMap(({ points }) => points.map(({ y }) => spreadOf(y).high)));
  const y = linearScale({ from: floor, to: top + 34 }, 0, highest, 4);
  return [
    textAt(margin, top, { text: label, class: "heading ink" }),
    ...(series.length > 1 ? legend(series, top) : []),
    ...bands.flatMap(({ from, to, label: told }) => [
      rectangle([x.at(from), top + 16, x.at(to) - x.at(from), floor - top - 16], "band"),
      textAt(x.at(from) + 7, top + 31, { text: told, class: "small muted" }),
    ]),
    ...y.ticks.flatMap((tick) => [
      lineThrough(
        [area.from, area.to].map((end) => [end, y.at(tick)] as const),
        "grid",
      ),
      textAt(area.from - 10, y.at(tick) + 4, { text: shortCount(tick), class: "small muted" }, "end"),
    ]),
    ...series.flatMap((line, index) => drawSeries(line, index, x, y)),
    ...figures(series, x, y),
  ];
}

/** From the right edge to the left; a letter is about 6.6 pixels wide. */
function legend(series: readonly Series[], top: number): string[] {
  let right = width - margin;
  return series.toReversed().flatMap(({ name }, reversed) => {
    const index = series.length - 1 - reversed;
    const left = right - name.length * 6.6 - 16;
    right = left - 18;
    return [drawMark(index, left, top - 4.5), textAt(left + 11, top, { text: name, class: "small ink" })];
  });
}

function drawSeries({ points }: Series, index: number, x: XAxis, y: Scale): string[] {
  const places = points.map((point) => [x.at(point.x), y.at(spreadOf(point.y).median)] as const);
  const spreads = points.flatMap((point) => {
    const { low, high } = spreadOf(point.y);
    return spreadMark([x.at(point.x), y.at(low)], [x.at(point.x), y.at(high)]);
  });
  const marked = points.length > 4 * mostTold ? toldPoints(points) : points;
  return [
    ...(places.length > 1 ? [lineThrough(places, `line line-${index}`)] : []),
    ...spreads,
    ...marked.map((point) => drawMark(index, x.at(point.x), y.at(spreadOf(point.y).median))),
  ];
}

function drawMark(index: number, x: number, y: number): string {
  return `<path class="fill-${index}" d="${marks[index]?.(x, y) ?? ""}"/>`;
}

/** The figures above their points; those of points that are close together stand above all of these, in their order. */
function figures(series: readonly Series[], x: XAxis, y: Scale): string[] {
  const told = series.flatMap(({ points }, index) =>
    toldPoints(points).map(({ x: place, y: value }) => {
      const { median, low, high } = spreadOf(value);
      return { text: figure(median), index, x: x.at(place), top: y.at(high) - 6, bottom: y.at(low) + 6 };
    }),
  );
  return [...Map.groupBy(told, (one) => round(one.x)).values()].flatMap((column) =>
    clustersOf(column).flatMap((cluster) =>
      cluster.map((one, index) => {
        const place = (cluster[0]?.top ?? 0) - 4 - figureHeight * (cluster.length - 1 - index);
        const inside = Math.min(Math.max(one.x, area.from + 18), area.to - 18);
        return textAt(inside, place, { text: one.text, class: `small strong halo fill-${one.index}` }, "middle");
      }),
    ),
  );
}

/** Points from top to bottom, together with those that leave no room for the next one's figures between them. */
function clustersOf<T extends { readonly top: number; readonly bottom: number }>(points: readonly T[]): T[][] {
  const clusters: T[][] = [];
  for (const point of points.toSorted((a, b) => a.top - b.top)) {
    const above = clusters.at(-1);
    const lowest = Math.max(...(above ?? []).map(({ bottom }) => bottom));
    if (above !== undefined && point.top - figureHeight - 4 < lowest) above.push(point);
    else clusters.push([point]);
  }
  return clusters;
}

function toldPoints(points: readonly Point[]): readonly Point[] {
  if (points.length <= mostTold) return points;
  const sorted = points.toSorted((a, b) => spreadOf(a.y).median - spreadOf(b.y).median);
  return [...sorted.slice(0, 1), ...sorted.slice(-1)];
}

function spreadOf(y: Point["y"]): Pick<Sample, "median" | "low" | "high"> {
  return typeof y === "number" ? { median: y, low: y, high: y } : y;
}

function toldX(x: number | string): string {
  return typeof x === "number" ? shortCount(x) : x;
}

/** The figures in words, for whoever does not see them. */
function describe({ x, panels }: Plot): string {
  const told = panels.flatMap(({ label, series }) =>
    series.map(({ name, points }) => {
      const values = toldPoints(points).map((point) => `${figure(spreadOf(point.y).median)} at ${toldX(point.x)}`);
      return `${label}, ${name}: ${values.join(", ")}.`;
    }),
  );
  return `Over ${x.label}. ${told.join(" ")}`;
}

function expectDrawable({ title, x, panels, bands = [] }: Plot): void {
  const fail = (why: string) => {
    throw new RangeError(`The plot "${title}" cannot be drawn: ${why}.`);
  };
  if (panels.length === 0) fail("it has no panel");
  if (x.scale === "categories" && bands.length > 0) fail("categories have no bands between them");
  for (const { label, series } of panels) {
    if (series.length === 0) fail(`its panel "${label}" has no series`);
    if (series.length > seriesColours) fail(`"${label}" has over ${count(seriesColours)} series; use more panels`);
    for (const { name, points } of series) {
      if (points.length === 0) fail(`its series "${name}" has no points`);
      for (const point of points) {
        const { low, median } = spreadOf(point.y);
        if (!(low >= 0 && Number.isFinite(median))) fail(`"${name}" has the figure ${median} at ${point.x}`);
        const isPlace = x.scale === "categories" || (typeof point.x === "number" && Number.isFinite(point.x));
        if (!isPlace) fail(`"${name}" has a point at ${point.x}, for which a ${x.scale} axis has no place`);
      }
    }
  }
}
