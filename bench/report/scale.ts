/** How an axis puts values at places. */
export interface Scale {
  readonly at: (value: number) => number;
  /** The values that are marked. */
  readonly ticks: readonly number[];
}

/** Where an axis lies, in pixels. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

/** A value that is a step's multiple may be off by what division loses. */
const rounding = 1e-9;

/** Equal steps, between marked values that enclose zero and all that is between lowest and highest. */
export function linearScale({ from, to }: Extent, lowest: number, highest: number, ticks: number): Scale {
  const step = niceStep((Math.max(0, highest) - Math.min(0, lowest)) / ticks);
  const first = Math.floor(Math.min(0, lowest) / step + rounding);
  const last = Math.max(first + 1, Math.ceil(highest / step - rounding));
  return {
    at: (value) => from + ((to - from) * (value / step - first)) / (last - first),
    ticks: Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step),
  };
}

/** Equal steps for what is ten times as much; every value is marked. */
export function logScale({ from, to }: Extent, values: readonly number[]): Scale {
  const ticks = [...new Set(values)].toSorted((a, b) => a - b);
  const [lowest = Number.NaN, highest = Number.NaN] = [ticks[0], ticks.at(-1)];
  if (!(lowest > 0)) throw new RangeError(`A logarithmic axis has no place for ${lowest}: use categories.`);
  const width = Math.log(highest / lowest);
  const share = (value: number) => (width === 0 ? 0.5 : Math.log(value / lowest) / width);
  return { at: (value) => from + (to - from) * share(value), ticks };
}

/** The next of 1, 2, 2.5 and 5 times a power of ten. */
function niceStep(atLeast: number): number {
  if (!(atLeast > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(atLeast));
  const factor = [1, 2, 2.5, 5].find((nice) => nice * power >= atLeast * (1 - rounding)) ?? 10;
  return factor * power;
}
