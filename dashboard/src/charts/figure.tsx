import { useState } from "preact/hooks";
import { moment } from "../format.ts";
import { Plot } from "./plot.tsx";
import type { PlotData, Series } from "./series.ts";

interface Props {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly data: PlotData;
  readonly format: (value: number) => string;
  /** No scale ends below this value. */
  readonly least: number;
  /** Why there is nothing to see yet. */
  readonly empty: string;
}

/** So many of the latest points are in the table. */
const rows = 10;

/** A plot with its legend, which has the values of now or of where one points, and a table of the same. */
export function Figure({ id, title, unit, data, format, least, empty }: Props) {
  const [pointed, setPointed] = useState<number>();
  const index = pointed ?? data.times.length - 1;
  const text = (one: Series, at: number) => {
    const value = one.values[at];
    return value === undefined || value === null ? "–" : `${format(value)} ${unit}`;
  };
  const hasValues = data.series.some(({ values }) => values.some((value) => value !== null));
  return (
    <figure class="panel figure" aria-labelledby={id}>
      <figcaption>
        <h2 id={id}>{title}</h2>
        <dl class="legend">
          {data.series.map((one) => (
            <div key={one.name} data-tone={one.tone}>
              <dt>
                <span class="stroke" data-dashed={one.isDashed} aria-hidden="true" />
                {one.name}
              </dt>
              <dd>{text(one, index)}</dd>
            </div>
          ))}
        </dl>
      </figcaption>
      <div class="plot-room">
        <Plot data={data} format={format} least={least} onPoint={setPointed} />
        {!hasValues && <p class="plot-empty">{empty}</p>}
      </div>
      <details class="plot-table">
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {data.series.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {latest(data.times.length).map((at) => (
              <tr key={at}>
                <th scope="row">{moment(data.times[at] ?? 0)}</th>
                {data.series.map((one) => (
                  <td key={one.name}>{text(one, at)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

/** The places of the latest points, the newest first. */
function latest(length: number): readonly number[] {
  return Array.from({ length: Math.min(rows, length) }, (_, index) => length - 1 - index);
}
