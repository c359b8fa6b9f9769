import { count, figure, withDigits } from "./figures.ts";
import { type Goal, type Measured, ownName, type Sample, systemOf } from "./results.ts";

/** What was reached, before it is compared. */
interface Reached {
  readonly value: number;
  /** What it was made of. */
  readonly detail?: string;
  readonly note?: string;
  /** Why it does not count, whatever the value. */
  readonly spoilt?: string;
}

interface Aim {
  readonly what: string;
  readonly bound: "at least" | "at most";
  readonly limit: number;
  /** Follows the figure. */
  readonly unit: string;
  readonly reached: (measured: Measured) => Reached | undefined;
}

/** The goals, in the order in which they are told. Rates are compared as ratios of the same run's medians. */
const aims: readonly Aim[] = [
  atLeast(80, " ×", "drain against naive 1", (run) => drainAgainst(run, "naive 1", "naive 50")),
  atLeast(10, " ×", "drain against bullmq", (run) => drainAgainst(run, "bullmq")),
  atLeast(8, " ×", "drain against asynq", (run) => drainAgainst(run, "asynq")),
  atLeast(75, " %", "drain against raw SQL", drainAgainstRaw),
  atMost(6, " ms", "POST sent → completed, p50", (run) => median(systemOf(run, ownName)?.toCompleted?.p50)),
  atMost(15, " ms", "POST sent → completed, p99", (run) => median(systemOf(run, ownName)?.toCompleted?.p99)),
  atLeast(1.2, " ×", "POST /orders against naive's Express", createsAgainstNaive),
  atMost(
    1.3,
    " ×",
    "handler alone against bare INSERT and XADD",
    ({ own: { handler } }) =>
      handler && { value: handler.ratio, detail: `${figure(handler.handlerMs)} ms, bare ${figure(handler.bareMs)} ms` },
  ),
  atLeast(15_000, "/s", "orders by POST /orders/batch", ({ own: { batch } }) => only(batch?.ordersPerSecond)),
  atMost(1.2, " ×", "GET /orders, any page, as rows grow", pagesAsRowsGrow),
  atMost(
    80,
    " ms",
    "cold start of a handler",
    ({ own: { coldStart } }) =>
      coldStart && { value: coldStart.medianMs, detail: `at most ${figure(coldStart.maxMs)} ms` },
  ),
  atMost(
    1.4,
    " MiB",
    "largest bundle, minified",
    ({ own: { bundle } }) => bundle && { value: bundle.largest.bytes / 1_048_576, detail: bundle.largest.name },
  ),
  atMost(4, " µs", "Redis' CPU an order", ({ own: { redis } }) => only(redis?.cpuMicrosPerOrder)),
  atMost(60, " MiB", "worker's peak memory", ({ own: { memory } }) => only(memory?.workerMiB)),
  atMost(180, " MiB", "gateway's peak memory", ({ own: { memory } }) => only(memory?.gatewayMiB)),
];

/** The goals of the benchmark and what the run reached. What it did not measure is not met. */
export function goalsOf(measured: Measured): Goal[] {
  return aims.map(({ what, bound, limit, unit, reached }) => {
    const wanted = `${bound === "at most" ? "≤" : "≥"} ${count(limit)}${unit}`;
    const found = reached(measured);
    if (found === undefined || !Number.isFinite(found.value)) return { what, wanted, isMet: false };
    const { value, detail, note, spoilt } = found;
    const isReached = (number: number) => (bound === "at most" ? number <= limit : number >= limit);
    const told = `${toldBeside(value, isReached)}${unit}${detail === undefined ? "" : ` (${detail})`}`;
    const notes = [note, spoilt].filter((text) => text !== undefined).join("; ");
    const isMet = isReached(value) && spoilt === undefined;
    return { what, wanted, measured: told, isMet, ...(notes !== "" && { note: notes }) };
  });
}

function atLeast(limit: number, unit: string, what: string, reached: Aim["reached"]): Aim {
  return { what, bound: "at least", limit, unit, reached };
}

function atMost(limit: number, unit: string, what: string, reached: Aim["reached"]): Aim {
  return { what, bound: "at most", limit, unit, reached };
}

/** As many digits as it takes to stay on the limit's right side: 1.204 is not told as 1.2 beside a limit of 1.2. */
function toldBeside(value: number, isReached: (number: number) => boolean): string {
  for (let digits = 3; digits < 9; digits++) {
    const told = withDigits(value, digits);
    if (isReached(Number(told.replaceAll(",", ""))) === isReached(value)) return told;
  }
  return String(value);
}

function drainAgainst(run: Measured, name: string, also?: string): Reached | undefined {
  const ratio = (peer: string) => ratioOf(drainOf(run, ownName), drainOf(run, peer), 1);
  const reached = ratio(name);
  const other = also === undefined ? undefined : ratio(also);
  return reached && { ...reached, ...(other && { detail: `against ${also}: ${figure(other.value)} ×` }) };
}

function drainAgainstRaw(run: Measured): Reached | undefined {
  return ratioOf(drainOf(run, ownName), run.raw?.drainPerSecond, 100);
}

/** Against the better of naive's variants, which have the same front. */
function createsAgainstNaive(run: Measured): Reached | undefined {
  const own = systemOf(run, ownName)?.creates;
  const [naive] = ["naive 1", "naive 50"]
    .flatMap((name) => systemOf(run, name)?.creates?.perSecond ?? [])
    .toSorted((a, b) => b.median - a.median);
  const reached = ratioOf(own?.perSecond, naive, 1);
  const failed = own?.failed ?? 0;
  return reached && { ...reached, ...(failed > 0 && { spoilt: `${count(failed)} requests failed` }) };
}

function pagesAsRowsGrow({ own: { pages } }: Measured): Reached | undefined {
  if (pages === undefined) return undefined;
  const at = ({ rows, ms }: { rows: number; ms: number }) => `${figure(ms)} ms at ${count(rows)} rows`;
  return { value: pages.ratio, detail: pages.worst, note: `${at(pages.small)}, ${at(pages.large)}` };
}

function drainOf(run: Measured, name: string): Sample | undefined {
  return systemOf(run, name)?.drain?.perSecond;
}

/** The ratio of the medians; the ratios of the single rounds are noted, for the two ran side by side in each. */
function ratioOf(own: Sample | undefined, peer: Sample | undefined, times: number): Reached | undefined {
  if (own === undefined || peer === undefined) return undefined;
  const value = (own.median / peer.median) * times;
  const isPaired = own.values.length === peer.values.length && own.values.length > 1;
  if (!isPaired) return { value };
  const rounds = own.values.map((rate, round) => (rate / (peer.values[round] ?? Number.NaN)) * times);
  return { value, note: `by round ${figure(Math.min(...rounds))}–${figure(Math.max(...rounds))}` };
}

function median(sample: Sample | undefined): Reached | undefined {
  if (sample === undefined) return undefined;
  const note = sample.values.length > 1 ? `by round ${figure(sample.low)}–${figure(sample.high)}` : undefined;
  return { value: sample.median, ...(note !== undefined && { note }) };
}

function only(value: number | undefined): Reached | undefined {
  return value === undefined ? undefined : { value };
}
