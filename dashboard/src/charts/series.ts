/** A line of a plot. */
export interface Series {
  readonly name: string;
  /** Which of the plots' colours, styles/charts.css. */
  readonly tone: "one" | "two";
  readonly isDashed?: boolean;
  readonly isFilled?: boolean;
  /** One value a point; null where it is not known. */
  readonly values: readonly (number | null)[];
}

export interface PlotData {
  /** In milliseconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
}
