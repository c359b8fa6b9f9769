import { count, figure, withSpread } from "./figures.ts";
import {
  type Latency,
  type Measured,
  ownName,
  type ProcessUsage,
  type Results,
  type Sample,
  systemOf,
} from "./results.ts";

/** A table before it is set in a format. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** What is said below it. */
  readonly notes: readonly string[];
}

interface Column {
  readonly name: string;
  readonly align: "left" | "right";
}

/** Stands where nothing was measured. */
const none = "–";

/** All that a run has shown; a table of which nothing was measured is left out. */
export function tablesOf(results: Results): Table[] {
  return [throughputTable(results), latencyTable(results), usageTable(results), goalsTable(results)].filter(
    ({ rows }) => rows.length > 0,
  );
}

/** What was measured, where and when, as lines. */
export function conditionsOf({ at, quick, machine, versions, durable, repeats }: Measured): string[] {
  const { cores, cpu, memoryGiB, os } = machine;
  const { mysql, redis, node, go } = versions;
  const settings = Object.entries(durable).map(([name, value]) => `${name}=${value}`);
  return [
    ...(quick ? ["A quick run: it shows that everything works, and is too short to judge by."] : []),
    `${at}, ${cores} cores (${cpu}), ${count(Math.round(memoryGiB))} GiB, ${os}`,
    `MySQL ${mysql} (${settings.join(", ")}), Redis ${redis}, Node ${node.replace(/^v/, "")}, Go ${go.replace(/^go/, "")}`,
    repeats > 1
      ? `${repeats} rounds, every system once in each: the median (the lowest–the highest)`
      : "One round: no spread is known.",
  ];
}

function throughputTable(run: Measured): Table {
  const own = systemOf(run, ownName);
  const rows = run.systems
    .filter(({ creates, drain }) => creates ?? drain)
    .map(({ name, creates, drain }) => [
      name,
      spread(creates?.perSecond),
      ratio(own?.creates?.perSecond, creates?.perSecond),
      creates === undefined ? none : count(creates.failed),
      spread(drain?.perSecond),
      ratio(own?.drain?.perSecond, drain?.perSecond),
      drain === undefined ? none : count(Math.round(drain.completed.median)),
      drain === undefined ? none : figure(drain.seconds.median),
    ]);
  const limit = run.raw?.drainPerSecond;
  if (limit !== undefined) {
    rows.push(["raw SQL", none, none, none, spread(limit), ratio(own?.drain?.perSecond, limit), none, none]);
  }
  return {
    title: `Throughput: POST /orders at 64 connections, and ${count(run.waiting)} waiting orders worked off`,
    columns: columns("system", "POST/s", `${ownName} is`, "failed", "drained/s", `${ownName} is`, "completed", "in s"),
    rows,
    notes: [],
  };
}

function latencyTable(run: Measured): Table {
  const cells = (latency: Latency | undefined) =>
    latency === undefined ? [none, none, none] : [latency.p50, latency.p95, latency.p99].map(withSpread);
  return {
    title: "Latency in ms: of POST /orders at 64 connections, and from POST to completed at low load",
    columns: columns("system", "POST p50", "p95", "p99", "completed p50", "p95", "p99"),
    rows: run.systems
      .filter(({ creates, toCompleted }) => creates ?? toCompleted)
      .map(({ name, creates, toCompleted }) => [name, ...cells(creates?.latencyMs), ...cells(toCompleted)]),
    notes: [],
  };
}

function usageTable(run: Measured): Table {
  return {
    title: "CPU and peak memory by process, while orders are created and while they are worked off",
    columns: [
      { name: "system", align: "left" },
      { name: "process", align: "left" },
      ...["µs/create", "CPU s", "MiB", "µs/drained", "CPU s", "MiB"].map(right),
    ],
    rows: run.systems.flatMap(({ name, usage }) =>
      [...Map.groupBy(usage, ({ process }) => process)].map(([process, phases], index) => [
        index === 0 ? name : "",
        process,
        ...usageCells(phases.find(({ phase }) => phase === "creates")),
        ...usageCells(phases.find(({ phase }) => phase === "drain")),
      ]),
    ),
    notes: [],
  };
}

function usageCells(usage: ProcessUsage | undefined): string[] {
  if (usage === undefined) return [none, none, none];
  return [withSpread(usage.cpuMicrosPerOrder), figure(usage.cpuSeconds.median), figure(usage.peakMiB.median)];
}

function goalsTable({ goals }: Results): Table {
  const counted = (mark: string) => goals.filter((goal) => markOf(goal) === mark).length;
  return {
    title: `Goals: ${counted("✓")} met, ${counted("✗")} not met, ${counted(none)} not measured`,
    columns: ["", "what", "wanted", "measured"].map((name) => ({ name, align: "left" })),
    rows: goals.map((goal) => [markOf(goal), goal.what, goal.wanted, goal.measured ?? "not measured"]),
    notes: goals.flatMap(({ what, note }) => (note === undefined ? [] : [`${what}: ${note}`])),
  };
}

function markOf({ isMet, measured }: Results["goals"][number]): string {
  if (measured === undefined) return none;
  return isMet ? "✓" : "✗";
}

function spread(sample: Sample | undefined): string {
  return sample === undefined ? none : withSpread(sample);
}

function ratio(own: Sample | undefined, other: Sample | undefined): string {
  if (own === other && own !== undefined) return "";
  return own === undefined || other === undefined ? none : `${figure(own.median / other.median)} ×`;
}

function columns(first: string, ...others: readonly string[]): Column[] {
  return [{ name: first, align: "left" }, ...others.map(right)];
}

function right(name: string): Column {
  return { name, align: "right" };
}
