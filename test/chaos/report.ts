import { quantile } from "../harness/quantile.ts";
import { linesBecause } from "./books.ts";
import type { ChaosOptions } from "./options.ts";
import { completionTimes, creationTimes, pauseOf } from "./pauses.ts";
import type { ChaosResult } from "./result.ts";

/** So many problems are shown; more of the same kind say nothing new. */
const shownProblems = 40;

/** What a run has shown, for people. */
export function reportLines(options: ChaosOptions, result: ChaosResult): readonly string[] {
  const { accounts, acknowledged, happened, logged, problems } = result;
  const counts = Map.groupBy(accounts, ({ status }) => status);
  const statuses = [...counts].map(([status, all]) => `${all.length} ${status}`).join(", ");
  const done = happened.filter(({ failure }) => failure === undefined);
  return [
    "",
    ...pauseLines(result),
    "",
    `${acknowledged} orders were acknowledged; MySQL holds ${accounts.length}: ${statuses}`,
    `tries without 201: ${byStatus(result.failures)}; cancellations: ${byStatus(result.cancellations)}`,
    `effects outside: ${result.effects}, asked for ${result.asked} times; ${result.redriven} orders failed and were redriven`,
    `${linesBecause(accounts, "lease expired")} leases expired, ${logged.lateReports} reports came too late, ${logged.reenqueued} orders were enqueued again`,
    ...takeoverLines(result),
    `the last order ended ${(result.settledMs / 1_000).toFixed(1)} s after the last fault`,
    `${done.length} faults, ${verdictLine(problems)}`,
    ...problems.slice(0, shownProblems).map((problem) => `  ${problem}`),
    ...(problems.length > shownProblems ? [`  and ${problems.length - shownProblems} more`] : []),
    ...(problems.length > 0 ? [`the same faults again: npm run chaos -- ${wordsOf(options)}`] : []),
  ];
}

function verdictLine(problems: readonly string[]): string {
  const of = (kind: string) => problems.filter((problem) => problem.startsWith(`${kind}:`)).length;
  const counted = `${of("lost")} lost, ${of("doubled")} doubled, ${of("illegal")} illegal histories, ${of("stuck")} stuck`;
  return problems.length === 0 ? `${counted}: the promise was kept` : `${counted}, ${problems.length} problems in all:`;
}

function pauseLines({ accounts, happened }: ChaosResult): readonly string[] {
  const completions = completionTimes(accounts);
  const creations = creationTimes(accounts);
  const lines = happened.flatMap((one) => {
    if (one.failure !== undefined) return [];
    const pauses = [completions, creations].map((times) => pauseOf(one, times, times.at(-1) ?? 0));
    const columns = [...pauses, one.to - one.from].map((ms) => `${(ms / 1_000).toFixed(1)} s`.padStart(10));
    return [`${columns.join("")}  ${one.planned.fault.told}`];
  });
  const titles = ["completion", "new order", "lasted"].map((title) => title.padStart(10)).join("");
  return [
    "the longest time without a completion and without a new order, and how long the fault lasted:",
    titles,
    ...lines,
  ];
}

function takeoverLines({ takeovers: times }: ChaosResult): readonly string[] {
  if (times.length === 0) return [];
  const [half, p99, most] = [0.5, 0.99, 1].map((share) => (quantile(times, share) / 1_000).toFixed(1));
  return [
    `from a worker's kill to its ${times.length} orders in work again: p50 ${half} s, p99 ${p99} s, at most ${most} s`,
  ];
}

function byStatus(counts: ReadonlyMap<number, number>): string {
  const told = [...counts]
    .toSorted(([a], [b]) => a - b)
    .map(([status, count]) => `${count} × ${status || "no answer"}`);
  return told.length === 0 ? "none" : told.join(", ");
}

function wordsOf({ faults, set, ...numbers }: ChaosOptions): string {
  const settings = Object.entries(set).map(([name, value]) => `--set ${name}=${value}`);
  return [
    ...Object.entries(numbers).map(([name, value]) => `--${name} ${value}`),
    `--faults ${faults.join()}`,
    ...settings,
  ].join(" ");
}
