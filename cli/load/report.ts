import { type Latency, latencyOf } from "../../core/domain/latency.ts";
import { count, duration } from "../../core/domain/words.ts";
import { grouped, plain } from "../output.ts";
import type { Judged } from "./final-check.ts";
import { histogram } from "./histogram.ts";
import { type Verdict, verdicts } from "./judge.ts";
import type { Load } from "./load.ts";

/** Percentiles of times, in milliseconds. */
interface Times extends Latency {
  readonly max: number;
}

/** What a load has shown. Times are in milliseconds; a latency of nothing is absent. */
export interface LoadReport {
  readonly seconds: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Neither acknowledged nor refused when it was given up: nobody knows whether these orders exist. */
  readonly unanswered: number;
  /** Requests that were sent once more, by the reason. */
  readonly sentAgain: Readonly<Record<string, number>>;
  readonly postMs?: Times;
  readonly toCompletedMs?: Times;
  /** How many of the acknowledged orders became what. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** All that were not completed, by their ids. */
  readonly amiss: readonly { readonly id: string; readonly verdict: Verdict; readonly detail: string }[];
}

const shownAmiss = 20;

/** @param seconds for how long orders were sent */
export function loadReport(load: Load, judged: readonly Judged[], seconds: number): LoadReport {
  const latencies = load.acknowledged.map(({ latencyMs }) => latencyMs);
  const toCompleted = judged.flatMap(({ toCompletedMs }) => (toCompletedMs === undefined ? [] : [toCompletedMs]));
  const [postMs, toCompletedMs] = [latencies, toCompleted].map(times);
  return {
    seconds,
    sent: load.begun,
    acknowledged: load.acknowledged.length,
    refused: load.refused.length,
    unanswered: load.unanswered.length,
    sentAgain: countBy(load.failures.map(({ status, reason }) => (status === undefined ? reason : `status ${status}`))),
    ...(postMs !== undefined && { postMs }),
    ...(toCompletedMs !== undefined && { toCompletedMs }),
    verdicts: Object.fromEntries(
      verdicts.map((verdict) => [verdict, judged.filter((one) => one.verdict === verdict).length]),
    ) as Record<Verdict, number>,
    amiss: judged
      .filter(({ verdict }) => verdict !== "completed")
      .map(({ id, verdict, detail }) => ({ id, verdict, detail })),
  };
}

/** Whether all went as promised: every order that was sent was acknowledged, and completed once, as it was sent. */
export function isAsPromised({ acknowledged, refused, unanswered, amiss }: LoadReport): boolean {
  return acknowledged > 0 && refused === 0 && unanswered === 0 && amiss.length === 0;
}

/** The report for people. */
export function reportText(report: LoadReport, latencies: readonly number[]): string {
  return [...sending(report), ...timing(report, latencies), ...outcome(report)].join("\n");
}

function sending({ seconds, sent, acknowledged, refused, unanswered, sentAgain }: LoadReport): readonly string[] {
  const line = (label: string, number: number, more = "") => `${label.padEnd(16)}${grouped(number).padStart(9)}${more}`;
  const again = Object.entries(sentAgain).toSorted(([, a], [, b]) => b - a);
  const total = again.reduce((sum, [, times]) => sum + times, 0);
  return [
    line("sent", sent, `  in ${seconds.toFixed(1)} s, ${grouped(Math.round(sent / seconds))} a second`),
    line("acknowledged", acknowledged),
    line("refused", refused),
    line("not answered", unanswered),
    line("failed tries", total, total === 0 ? "" : "  each order sent again with its idempotency key:"),
    ...again.map(([reason, times]) => `${" ".repeat(27)}${grouped(times)} × ${plain(reason)}`),
  ];
}

function timing({ postMs, toCompletedMs }: LoadReport, latencies: readonly number[]): readonly string[] {
  if (postMs === undefined) return [];
  return [
    "",
    "POST /orders, from the moment it was due to be sent to its 201, waiting and further tries included:",
    timesText(postMs),
    ...histogram(latencies),
    ...(toCompletedMs === undefined ? [] : ["", "from created to completed:", timesText(toCompletedMs)]),
  ];
}

function outcome({ acknowledged, verdicts: became, amiss }: LoadReport): readonly string[] {
  const others = (["changed", "failed", "cancelled", "unfinished"] as const).filter((verdict) => became[verdict] > 0);
  const more = others.map((verdict) => `, ${grouped(became[verdict])} ${verdict}`).join("");
  const named = amiss.slice(0, shownAmiss).map(({ id, verdict, detail }) => `${id}  ${verdict}: ${plain(detail)}`);
  return [
    "",
    ...named,
    ...(amiss.length > shownAmiss ? [`and ${grouped(amiss.length - shownAmiss)} more: --json names all`] : []),
    `${count(acknowledged, "order")} acknowledged and checked: ${grouped(became.completed)} completed, ${grouped(became.lost)} lost, ` +
      `${grouped(became.completedTwice)} completed twice${more}`,
  ];
}

function times(values: readonly number[]): Times | undefined {
  const latency = latencyOf(values.map((ms) => Math.round(ms * 10) / 10));
  return latency && { ...latency, max: Math.round(values.reduce((one, other) => Math.max(one, other)) * 10) / 10 };
}

function timesText({ p50, p95, p99, max }: Times): string {
  const text = (ms: number) => (ms < 10 ? `${ms.toFixed(1)} ms` : duration(ms));
  return `p50 ${text(p50)}, p95 ${text(p95)}, p99 ${text(p99)}, longest ${text(max)}`;
}

function countBy(texts: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(texts, (text) => text)].map(([text, all]) => [text, all.length]));
}
