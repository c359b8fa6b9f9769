import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { now } from "../state/clock.ts";
import { repaints } from "../state/theme.ts";
import { type Looks, plotOptions } from "./plot-options.ts";
import type { PlotData } from "./series.ts";

interface Props extends Pick<Looks, "format" | "least" | "onPoint"> {
  readonly data: PlotData;
}

/** In CSS pixels; styles/charts.css keeps the room. */
const height = 190;

/** Lines over time. For the eye alone: the figure around says the same in words. */
export function Plot({ data, ...looks }: Props) {
  const room = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the series of a plot are always the same ones.
  useEffect(() => {
    const { current } = room;
    if (current === null) return;
    const size = { width: current.clientWidth, height, series: [] };
    const colour = (of: string) => colourOf(current, of);
    plot.current = new uPlot(plotOptions(data.series, size, { ...looks, colour }), columns(data), current);
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: current.clientWidth, height }));
    observer.observe(current);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
    };
  }, []);
  // Time goes on and moves the plot, whether there is something new or not.
  const tick = `${now.value}/${repaints.value}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tick is what it waits for.
  useEffect(() => plot.current?.setData(columns(data)), [data, tick]);
  return <div ref={room} class="plot" aria-hidden="true" />;
}

function columns({ times, series }: PlotData): uPlot.AlignedData {
  return [times.map((time) => time / 1_000), ...series.map(({ values }) => [...values])];
}

/** A custom property's colour in the theme of now, in a form that a canvas knows. */
function colourOf(element: HTMLElement, name: string): string {
  element.style.color = `var(--plot-${name})`;
  return getComputedStyle(element).color;
}
