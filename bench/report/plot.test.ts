import { expect, test } from "vitest";
import { around } from "./made-up.ts";
import { linePlot, type Plot } from "./plot.ts";
import { texts, unclosedTags } from "./svg-reader.ts";

const waiting: Plot = {
  title: "Drain by what waits",
  subtitle: "2 cores",
  x: { label: "waiting orders", scale: "log" },
  panels: [
    {
      label: "drained orders/s",
      series: [
        { name: "1 gateway", points: [1e4, 1e5, 1e6].map((x) => ({ x, y: around(15_000) })) },
        { name: "2 gateways", points: [1e4, 1e5, 1e6].map((x) => ({ x, y: 12_000 })) },
      ],
    },
  ],
};

/** One series of one panel with these points. */
function plotOf(scale: Plot["x"]["scale"], points: readonly (readonly [number | string, number])[]): Plot {
  const series = { name: "drain", points: points.map(([x, y]) => ({ x, y })) };
  return { title: "T", subtitle: "S", x: { label: "X", scale }, panels: [{ label: "Y", series: [series] }] };
}

/** The corners of the line of a series. */
function corners(svg: string, index: number): number[][] {
  const path = new RegExp(`class="line line-${index}" d="M([^"]+)"`).exec(svg)?.[1] ?? "";
  return path.split("L").map((point) => point.split(" ").map(Number));
}

test("has title, axis labels, legend and every value, and is well-formed", () => {
  const svg = linePlot(waiting);
  expect(unclosedTags(svg)).toEqual([]);
  expect(texts(svg)).toEqual(
    expect.arrayContaining(["Drain by what waits", "2 cores", "waiting orders", "drained orders/s", "1 gateway"]),
  );
  expect(texts(svg)).toEqual(expect.arrayContaining(["10 k", "100 k", "1 M", "20 k", "15,000", "12,000"]));
  expect(svg.match(/class="spread"/g)).toHaveLength(3);
  expect(svg).toContain("drained orders/s, 2 gateways: 12,000 at 10 k, 12,000 at 100 k, 12,000 at 1 M.");
});

test("y begins at zero, and x is logarithmic", () => {
  const [first, second, third] = corners(
    linePlot(
      plotOf("log", [
        [1, 100],
        [10, 50],
        [100, 25],
      ]),
    ),
    0,
  );
  expect(second![0]! - first![0]!).toBeCloseTo(third![0]! - second![0]!, 0);
  const floor = 2 * second![1]! - first![1]!;
  expect((floor - third![1]!) / (floor - first![1]!)).toBeCloseTo(0.25, 2);
});

test("categories stand in the order of their appearance", () => {
  const svg = linePlot(
    plotOf("categories", [
      ["none", 3],
      ["1 M", 2],
      [4, 1],
    ]),
  );
  const places = corners(svg, 0).map(([x]) => x!);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(texts(svg)).toEqual(expect.arrayContaining(["none", "1 M", "4"]));
});

test("of a long series the lowest and the highest are told; bands are drawn in every panel", () => {
  const points = Array.from({ length: 60 }, (_, minute) => ({
    x: minute / 4 - 1,
    y: minute === 30 ? 77.7 : 500 + minute,
  }));
  const panels = ["drained orders/s", "relay scan, ms"].map((label) => ({ label, series: [{ name: "all", points }] }));
  const x = { label: "minutes", scale: "linear" } as const;
  const svg = linePlot({ ...waiting, x, panels, bands: [{ from: 0, to: 10, label: "transaction open" }] });
  expect(texts(svg).filter((told) => told === "77.7")).toHaveLength(2);
  expect(texts(svg).filter((told) => told === "559")).toHaveLength(2);
  expect(texts(svg)).not.toContain("520");
  expect(svg.match(/<rect class="band"/g)).toHaveLength(2);
  expect(texts(svg)).toContain("-2");
});

test("figures of points that are close together do not stand on each other", () => {
  const svg = linePlot({
    ...waiting,
    panels: [
      {
        label: "Y",
        series: ["a", "b", "c", "d"].map((name, index) => ({ name, points: [{ x: 10, y: 100 + index }] })),
      },
    ],
  });
  const heights = [...svg.matchAll(/y="([\d.]+)" text-anchor="middle" class="small strong/g)].map(([, y]) => Number(y));
  const gaps = heights.toSorted((a, b) => a - b).flatMap((y, index, all) => (index === 0 ? [] : [y - all[index - 1]!]));
  expect(gaps).toHaveLength(3);
  for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(13.9);
});

test("a series of zeros, and one of one point, can be drawn", () => {
  for (const points of [
    [
      [1, 0],
      [2, 0],
    ],
    [[5, 3]],
  ] as [number, number][][]) {
    expect(linePlot(plotOf("linear", points))).not.toMatch(/NaN|Infinity/);
  }
});

test.each<[string, Plot, RegExp]>([
  ["no panel", { ...waiting, panels: [] }, /has no panel/],
  ["no series", { ...waiting, panels: [{ label: "Y", series: [] }] }, /"Y" has no series/],
  ["no points", plotOf("linear", []), /"drain" has no points/],
  ["a figure that is none", plotOf("linear", [[1, Number.NaN]]), /the figure NaN at 1/],
  ["a negative figure", plotOf("linear", [[1, -1]]), /the figure -1 at 1/],
  ["a word on a linear axis", plotOf("linear", [["one", 1]]), /point at one, for which a linear axis has no place/],
  [
    "zero on a logarithmic axis",
    plotOf("log", [
      [0, 1],
      [10, 1],
    ]),
    /no place for 0: use categories/,
  ],
  [
    "bands between categories",
    { ...plotOf("categories", [["a", 1]]), bands: [{ from: 0, to: 1, label: "b" }] },
    /no bands/,
  ],
  [
    "five series",
    { ...waiting, panels: [{ label: "Y", series: Array(5).fill(waiting.panels[0]!.series[0]) }] },
    /over 4 series/,
  ],
])("%s is refused with the reason", (_, plot, why) => {
  expect(() => linePlot(plot)).toThrow(why);
});
