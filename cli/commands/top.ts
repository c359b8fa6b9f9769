import { setTimeout as delay } from "node:timers/promises";
import { styleText } from "node:util";
import type { Command } from "commander";
import type { OrderDocument, OrderPage, Stats } from "../../core/api/documents.ts";
import { readingWorkers } from "../../core/domain/situation.ts";
import { duration } from "../../core/domain/words.ts";
import { type Api, Unavailable } from "../api.ts";
import { type ApiOptions, apiCommand, openApi } from "../api-command.ts";
import { interruption } from "../interrupt.ts";
import { positiveInteger } from "../numbers.ts";
import { cut, grouped, plain, print } from "../output.ts";
import { RateMeter, type Rates } from "../rates.ts";
import { openScreen } from "../screen.ts";
import { labelled, standing } from "../standing.ts";
import { relative } from "../times.ts";

interface TopOptions extends ApiOptions {
  readonly count?: number;
}

/** A look at the system. */
interface Look {
  readonly at: string;
  readonly stats: Stats;
  /** Orders a second; undefined until two counts were seen. */
  readonly rates: Rates | undefined;
  readonly failures: readonly OrderDocument[];
}

const intervalMs = 1_000;
const shownFailures = 5;

/** `orders top` */
export function topCommand(): Command {
  return apiCommand("top", ["top", "top --count 10 --json"], "print a JSON document a second, each in a line")
    .description("The system live, once a second: rates, counts, queue, workers, latency, and the newest that failed.")
    .option("-n, --count <n>", "end after so many looks (default: Ctrl-C ends it)", positiveInteger)
    .action(async (options: TopOptions) => {
      const interrupted = interruption();
      await lookAgainAndAgain(await openApi(options), options, interrupted);
    });
}

async function lookAgainAndAgain(api: Api, options: TopOptions, interrupted: AbortSignal): Promise<void> {
  const { count = Number.POSITIVE_INFINITY, json } = options;
  const show = json === true ? printJson : process.stdout.isTTY ? redraw() : printLine;
  const meter = new RateMeter();
  for (let done = 0; done < count && !interrupted.aborted; done++) {
    const begun = performance.now();
    await show(await look(api, meter).catch((error: unknown) => outage(error, done)));
    if (done + 1 === count) return;
    const wait = Math.max(0, intervalMs - (performance.now() - begun));
    await delay(wait, undefined, { signal: interrupted }).catch(() => {});
  }
}

async function look(api: Api, meter: RateMeter): Promise<Look> {
  const [stats, { orders: failures }] = await Promise.all([
    api.get<Stats>("/stats"),
    api.get<OrderPage>(`/orders?status=failed&limit=${shownFailures}`),
  ]);
  return { at: new Date().toISOString(), stats, rates: meter.rates(stats), failures };
}

/** What is away may come back, once it was there. */
function outage(error: unknown, done: number): Unavailable {
  if (done === 0 || !(error instanceof Unavailable)) throw error;
  return error;
}

async function printJson(seen: Look | Unavailable): Promise<void> {
  const at = new Date().toISOString();
  await print(JSON.stringify(seen instanceof Unavailable ? { at, unavailable: seen.message } : seen));
}

async function printLine(seen: Look | Unavailable): Promise<void> {
  if (seen instanceof Unavailable) return print(`${new Date().toISOString()}  ${plain(seen.message)}`);
  const { at, stats, rates } = seen;
  const { counts, queueDepth, oldestPendingAgeMs, latencyMs } = stats;
  const fields = [
    rateText(rates),
    `scheduled ${grouped(counts.scheduled)}`,
    `pending ${grouped(counts.pending)}`,
    `processing ${grouped(counts.processing)}`,
    `completed ${grouped(counts.completed)}`,
    `failed ${grouped(counts.failed)}`,
    `queue ${queueDepth === null ? "?" : grouped(queueDepth)}`,
    ...(counts.pending === 0 || oldestPendingAgeMs == null ? [] : [`oldest ${duration(oldestPendingAgeMs)}`]),
    `workers ${queueDepth === null ? "?" : readingWorkers(stats).length}`,
    ...(latencyMs === undefined ? [] : [`p99 ${duration(latencyMs.p99)}`]),
  ];
  return print(`${at}  ${fields.join("  ")}`);
}

function redraw(): (seen: Look | Unavailable) => Promise<void> {
  const draw = openScreen(process.stdout);
  let lines: readonly string[] = [];
  return async (seen) => {
    if (seen instanceof Unavailable) return draw([styleText("red", plain(seen.message)), "", ...lines]);
    lines = page(seen);
    draw(lines);
  };
}

function page({ at, stats, rates, failures }: Look): readonly string[] {
  return [
    `${styleText("bold", "orders")}  ${at}  Ctrl-C ends`,
    "",
    labelled("rate", rateText(rates)),
    ...standing(stats),
    ...(failures.length === 0 ? [] : ["", styleText("dim", "the newest that failed")]),
    ...failures.map(({ id, updatedAt, reason = "" }) => {
      const text = `${id}  ${relative(updatedAt, Date.parse(at))}  ${plain(reason)}`;
      return cut(text, process.stdout.columns || 80);
    }),
  ];
}

function rateText(rates: Rates | undefined): string {
  if (rates === undefined) return "rates follow";
  return `${grouped(Math.round(rates.created))} created/s  ${grouped(Math.round(rates.completed))} completed/s`;
}
