import { count, figure } from "./figures.ts";
import { type Latency, type Measured, ownName, type Sample, systemOf } from "./results.ts";
import { lineThrough, rectangle, round, type Span, spreadMark, svgDocument, textAt } from "./svg.ts";

// The chart of the README: bars from zero, so that what is ten times as long is ten times as much.

/** A system as one row of a panel. */
interface Row {
  readonly name: string;
  readonly kind: "own" | "other" | "limit";
}

interface RateRow extends Row {
  readonly rate: Sample;
  readonly beside: string;
}

const width = 800;
const margin = 28;

/** How the chart calls them; who is not here keeps his name. */
const names: Readonly<Record<string, string>> = {
  [ownName]: "this system",
  "naive 1": "naive, 1 goroutine",
  "naive 50": "naive, 50 goroutines",
  bullmq: "BullMQ",
  asynq: "Asynq",
};

/** The drain of all systems and of raw SQL, and below it latency and creates, as an SVG document. */
export function barChart(run: Measured): string {
  const title = "Durable orders a second, beside what people would use instead";
  const conditions = conditionsLine(run);
  const drain = drainPanel(run, 100);
  const lower = drain.bottom + 34;
  const [latency, creates] = [latencyPanel(run, lower), createsPanel(run, lower)];
  const footer = Math.max(drain.bottom, latency.bottom, creates.bottom) + 30;
  const body = [
    textAt(margin, 41, { text: title, class: "title ink" }),
    textAt(margin, 64, { text: conditions, class: "muted" }),
    ...[...drain.body, ...latency.body, ...creates.body],
    ...footerLines(run).map((text, index) => textAt(margin, footer + index * 17, { text, class: "small muted" })),
  ];
  const description = `${conditions}. ${describe(run)}`;
  return svgDocument({ width, height: footer + footerLines(run).length * 17 + 6, title, description, body });
}

interface Panel {
  readonly body: readonly string[];
  readonly bottom: number;
}

function drainPanel(run: Measured, top: number): Panel {
  const rows = drainRows(run);
  if (rows.length === 0) return { body: [], bottom: top - 34 };
  const heading = "Waiting orders worked off a second: claimed, completed, history written";
  return {
    body: [
      textAt(margin, top, { text: heading, class: "heading ink" }),
      ...rateBars(rows, { left: margin, top: top + 14, labels: 126, bars: 470, step: 31, thick: 19 }),
    ],
    bottom: top + 14 + rows.length * 31,
  };
}

function createsPanel(run: Measured, top: number): Panel {
  const rows = createsRows(run);
  if (rows.length === 0) return { body: [], bottom: 0 };
  const left = 420;
  return {
    body: [
      ...panelHeading(left, top, "POST /orders a second", "at 64 connections"),
      ...rateBars(rows, { left, top: top + 14, labels: 126, bars: 150, step: 26, thick: 13 }),
    ],
    bottom: top + 14 + rows.length * 26,
  };
}

function latencyPanel(run: Measured, top: number): Panel {
  const systems = ranked(run).flatMap(({ name, toCompleted }) => (toCompleted ? [{ name, latency: toCompleted }] : []));
  if (systems.length === 0) return { body: [], bottom: 0 };
  const [left, labels, track] = [margin, 126, 112];
  const longest = Math.max(...systems.map(({ latency }) => latency.p99.median));
  const body = systems.flatMap(({ name, latency }, index) => {
    const y = top + 14 + index * 26 + 13;
    const start = left + labels + 10;
    const at = (ms: number) => start + (track * ms) / longest;
    const own = name === ownName;
    return [
      textAt(left, y + 4.5, labelOf({ name, kind: own ? "own" : "other" })),
      ...latencyMarks(latency, at, y, own),
      textAt(start + track + 12, y + 4.5, latencySpan(latency, own)),
    ];
  });
  const heading = panelHeading(left, top, "POST sent → completed, ms", "● p50   ○ p99");
  return { body: [...heading, ...body], bottom: top + 14 + systems.length * 26 };
}

function latencyMarks({ p50, p99 }: Latency, at: (ms: number) => number, y: number, own: boolean): string[] {
  const [fill, line] = own ? ["fill-0", "line-0"] : ["other", "other-line"];
  return [
    lineThrough(
      [p50, p99].map(({ median }) => [at(median), y] as const),
      `line ${line}`,
    ),
    `<circle class="page ${line}" stroke-width="2" cx="${round(at(p99.median))}" cy="${y}" r="4"/>`,
    `<circle class="${fill}" cx="${round(at(p50.median))}" cy="${y}" r="5"/>`,
  ];
}

function latencySpan({ p50, p99 }: Latency, own: boolean): Span {
  return { text: `${figure(p50.median)} / ${figure(p99.median)}`, class: own ? "strong ink" : "ink" };
}

function panelHeading(left: number, top: number, text: string, beside: string): string[] {
  return [
    textAt(left, top, [
      { text, class: "heading ink" },
      { text: beside, class: "small muted" },
    ]),
  ];
}

interface BarPlaces {
  readonly left: number;
  readonly top: number;
  /** Pixels for the names, and for the longest bar. */
  readonly labels: number;
  readonly bars: number;
  /** From row to row. */
  readonly step: number;
  readonly thick: number;
}

function rateBars(rows: readonly RateRow[], { left, top, labels, bars, step, thick }: BarPlaces): string[] {
  const most = Math.max(...rows.map(({ rate }) => rate.high));
  const start = left + labels + 10;
  const length = (rate: number) => (bars * rate) / most;
  return rows.flatMap(({ rate, beside, ...row }, index) => {
    const middle = top + index * step + step / 2;
    const shape = [start, middle - thick / 2, length(rate.median), thick] as const;
    const [from, to] = [start + length(rate.low), start + length(rate.high)];
    return [
      textAt(left, middle + 4.5, labelOf(row)),
      rectangle(shape, { own: "fill-0", other: "other", limit: "limit line-0" }[row.kind], 2),
      ...spreadMark([from, middle], [to, middle]),
      textAt(Math.max(to, start + length(rate.median)) + 9, middle + 4.5, [
        { text: figure(rate.median), class: row.kind === "own" ? "strong ink" : "ink" },
        ...(beside === "" ? [] : [{ text: beside, class: "small muted" }]),
      ]),
    ];
  });
}

function labelOf({ name, kind }: Row): Span {
  return { text: names[name] ?? name, class: kind === "own" ? "strong ink" : "ink" };
}

function drainRows(run: Measured): RateRow[] {
  const own = systemOf(run, ownName)?.drain?.perSecond;
  const rows = ranked(run).flatMap(({ name, drain }): RateRow[] => {
    if (drain === undefined) return [];
    const rate = drain.perSecond;
    if (name === ownName) return [{ name, kind: "own", rate, beside: ofLimit(rate, run) }];
    return [{ name, kind: "other", rate, beside: own === undefined ? "" : slower(rate, own) }];
  });
  const limit = run.raw?.drainPerSecond;
  if (limit === undefined) return rows;
  return [{ name: "MySQL alone", kind: "limit", rate: limit, beside: "the limit" }, ...rows];
}

function ofLimit(rate: Sample, { raw }: Measured): string {
  return raw === undefined ? "" : `${figure((100 * rate.median) / raw.drainPerSecond.median)} % of it`;
}

function slower(rate: Sample, own: Sample): string {
  const ratio = own.median / rate.median;
  if (!Number.isFinite(ratio) || ratio === 0) return "";
  return ratio >= 1 ? `${figure(ratio)} × slower` : `${figure(1 / ratio)} × faster`;
}

function createsRows(run: Measured): RateRow[] {
  return ranked(run).flatMap(({ name, creates }): RateRow[] => {
    if (creates === undefined) return [];
    return [{ name, kind: name === ownName ? "own" : "other", rate: creates.perSecond, beside: "" }];
  });
}

/** The fastest drain first. */
function ranked({ systems }: Measured): Measured["systems"] {
  const rate = (system: Measured["systems"][number]) => system.drain?.perSecond.median ?? 0;
  return systems.toSorted((a, b) => rate(b) - rate(a));
}

function conditionsLine({ waiting, machine, versions, repeats, quick }: Measured): string {
  const parts = [
    `${count(waiting)} waiting orders`,
    `${machine.cores} cores`,
    `durable MySQL ${versions.mysql}`,
    repeats > 1 ? `median of ${repeats} rounds; lines: lowest to highest` : "one round",
    ...(quick ? ["a quick run, too short to judge by"] : []),
  ];
  return parts.join(" · ");
}

function footerLines({ at, machine }: Measured): string[] {
  return [
    "A drain lasts until all are completed, or 20 s. MySQL alone: the same SQL with no gateway, queue or worker.",
    `naive: Express, Sequelize and a Redis list, two calls an order. ${machine.cpu}, ${at.slice(0, 10)}.`,
  ];
}

/** All figures in words, for whoever does not see them. */
function describe(run: Measured): string {
  const told = drainRows(run).map(({ name, rate }) => `${names[name] ?? name} ${figure(rate.median)}`);
  const latencies = ranked(run).flatMap(({ name, toCompleted: latency }) =>
    latency === undefined
      ? []
      : [`${names[name] ?? name} ${figure(latency.p50.median)} and ${figure(latency.p99.median)}`],
  );
  const creates = createsRows(run).map(({ name, rate }) => `${names[name] ?? name} ${figure(rate.median)}`);
  return [
    ...(told.length > 0 ? [`Orders worked off a second: ${told.join(", ")}.`] : []),
    ...(latencies.length > 0 ? [`POST sent to completed, p50 and p99 in ms: ${latencies.join(", ")}.`] : []),
    ...(creates.length > 0 ? [`POST /orders a second at 64 connections: ${creates.join(", ")}.`] : []),
  ].join(" ");
}
