import { count, figure } from "../report/figures.ts";
import type { Table } from "../report/tables.ts";
import type { DrainProfile } from "./measure.ts";
import type { Shares } from "./shares.ts";

/** What takes less than this, in CPU microseconds an order, is told in one line. */
const least = 0.25;

/** The profile of a drain, as a table for each process. */
export function profileTables(profile: DrainProfile): Table[] {
  return [statementsTable(profile), partsTable(profile, "gateway"), partsTable(profile, "worker")];
}

function statementsTable({ orders, cpuMicros, statements, bytes }: DrainProfile): Table {
  const micros = (seconds: number) => (seconds * 1e6) / orders;
  const whole = cpuMicros.get("mysql") ?? Number.NaN;
  const told = statements.filter(({ text, cpuSeconds }) => !isOfBenchmark(text) && micros(cpuSeconds) >= least);
  const rest = whole - told.reduce((sum, { cpuSeconds }) => sum + micros(cpuSeconds), 0);
  return {
    title: "MySQL",
    columns: [
      { name: "statement", align: "left" },
      { name: "µs of CPU an order", align: "right" },
      { name: "µs an order, waiting included", align: "right" },
      { name: "how many", align: "right" },
    ],
    rows: [
      ...told.map((one) => [
        one.text.replaceAll("`", "").slice(0, 56),
        figure(micros(one.cpuSeconds)),
        figure(micros(one.seconds)),
        count(one.count),
      ]),
      ["the rest: purge, flushing, the network, the benchmark's looks", figure(rest), "", ""],
      ["all", figure(whole), "", ""],
    ],
    notes: [`bytes written an order in its whole life: ${writtenOf(bytes)}`],
  };
}

function writtenOf(bytes: DrainProfile["bytes"]): string {
  return [...bytes].map(([where, number]) => `${where} ${figure(number)}`).join(", ");
}

/** The filling before the drain, and the look how many are completed. */
function isOfBenchmark(text: string): boolean {
  return /^INSERT INTO `orders`|^SELECT COALESCE \( SUM/.test(text);
}

function partsTable(profile: DrainProfile, process: "gateway" | "worker"): Table {
  const whole = profile.cpuMicros.get(process) ?? Number.NaN;
  return {
    title: process === "gateway" ? "Gateway" : "Worker",
    columns: [
      { name: "part", align: "left" },
      { name: "µs of CPU an order", align: "right" },
      { name: "share", align: "right" },
    ],
    rows: [...partsOf(profile[process], whole), ["all", figure(whole), "100 %"]],
    notes: [],
  };
}

function partsOf(shares: Shares, whole: number): string[][] {
  const line = (name: string, share: number) => [name, figure(share * whole), `${figure(share * 100)} %`];
  const sorted = [...shares].toSorted(([, one], [, other]) => other - one);
  const told = sorted.filter(([, share]) => share * whole >= least);
  const rest = 1 - told.reduce((sum, [, share]) => sum + share, 0);
  return [...told.map(([name, share]) => line(name, share)), line("the rest", rest)];
}
