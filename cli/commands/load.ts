import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import type { Api } from "../api.ts";
import { type ApiOptions, apiCommand, openApi } from "../api-command.ts";
import { isLoopback } from "../api-target.ts";
import { interruption } from "../interrupt.ts";
import { finalCheck } from "../load/final-check.ts";
import { Load, type LoadOrder } from "../load/load.ts";
import { type ProgressBar, progressBar } from "../load/progress-bar.ts";
import { isAsPromised, loadReport, reportText } from "../load/report.ts";
import { integerUpTo } from "../numbers.ts";
import { grouped, printAnswer, progress } from "../output.ts";

interface LoadCommandOptions extends ApiOptions {
  readonly rate: number;
  readonly seconds: number;
  readonly connections: number;
  readonly item: string;
  readonly patience: number;
  readonly yesRemote?: boolean;
}

/** All of them are kept in memory until they are checked. */
const mostOrders = 1_000_000;

/** How often the progress is looked at, in milliseconds. */
const tickMs = 100;

const examples = [
  "load --rate 300 --seconds 60",
  "load --rate 1000 --seconds 10 --connections 64 --json",
  "load --rate 50 --seconds 30 --url https://orders.example.com --yes-remote",
];

/** `orders load` */
export function loadCommand(): Command {
  return apiCommand("load", examples)
    .summary("Create orders at a steady rate, and check afterwards that none of them was lost.")
    .description(
      "Create orders at a steady rate, each with an idempotency key and sent again until it is answered; then wait for their " +
        "ends, and check each that was acknowledged: it is there, as it was sent, and was completed once. Exits with 1 unless " +
        "all were acknowledged and are so. Latency counts from when an order was due to be sent: a system that is slow does not get fewer orders. " +
        "Ctrl-C stops sending and checks; pressed again it ends at once.",
    )
    .option("-r, --rate <n>", "orders a second, 5,000 at most", integerUpTo(5_000), 100)
    .option("-t, --seconds <n>", "for how long, 3,600 at most", integerUpTo(3_600), 10)
    .option("-c, --connections <n>", "requests under way at once, 1,000 at most", integerUpTo(1_000), 32)
    .option("-i, --item <text>", "what is ordered; the quantity counts up", "Load")
    .option("--patience <seconds>", "give up when nothing moved for so long", integerUpTo(3_600), 60)
    .option("--yes-remote", "allow an address that is not of this machine: make sure that you may")
    .action(async (options: LoadCommandOptions, command: Command) => {
      if (options.rate * options.seconds > mostOrders) {
        command.error(`error: that is more than ${grouped(mostOrders)} orders: lower --rate or --seconds`);
      }
      const api = await openApi(options);
      if (!isLoopback(api.url) && options.yesRemote !== true) {
        command.error(`error: ${api.url} is not of this machine: --yes-remote loads it all the same`);
      }
      // Whatever is wrong with address or key is known before the first order.
      await api.get("/stats");
      await loadAndCheck(api, options);
    });
}

async function loadAndCheck(api: Api, options: LoadCommandOptions): Promise<void> {
  const { connections, patience } = options;
  const content = (number: number): LoadOrder => ({
    item: options.item,
    quantity: number + 1,
    price: (100 + (number % 10_000)) / 100,
  });
  const bar = progressBar(process.stderr);
  const begun = performance.now();
  const { load, seconds } = await send(api, options, content, bar);
  const judged = await finalCheck({
    ...{ api, orders: load.acknowledged, content, connections, patienceMs: patience * 1_000 },
    report: (what, done, total) => bar.show(done / total, `${grouped(done)} of ${grouped(total)} orders ${what}`),
  });
  bar.clear();
  const report = loadReport(load, judged, seconds);
  const latencies = load.acknowledged.map(({ latencyMs }) => latencyMs);
  await printAnswer(report, options, (answer) => reportText(answer, latencies));
  progress(`done in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  if (!isAsPromised(report)) process.exitCode = 1;
}

/** Sends the orders; returns when each is answered, or when none was for as long as the patience lasts. */
async function send(
  api: Api,
  { rate, seconds, connections, patience }: LoadCommandOptions,
  content: (number: number) => LoadOrder,
  bar: ProgressBar,
): Promise<{ load: Load; seconds: number }> {
  const givingUp = new AbortController();
  const name = `load-${randomBytes(8).toString("hex")}`;
  const begun = performance.now();
  const load = Load.start({
    ...{ url: api.url, headers: api.authorization, name, rate, seconds, connections, content, signal: givingUp.signal },
  });
  let sentFor = seconds;
  interruption().addEventListener("abort", () => {
    sentFor = Math.min(seconds, (performance.now() - begun) / 1_000);
    progress("\nstopping: what was acknowledged is checked. Ctrl-C again ends at once.");
    void load.stop();
  });
  let isOver = false;
  void load.finished.finally(() => {
    isOver = true;
  });
  for (let [moved, answered] = [performance.now(), 0]; !isOver; await delay(tickMs)) {
    const passed = (performance.now() - begun) / 1_000;
    if (load.acknowledged.length > answered || passed < sentFor) moved = performance.now();
    answered = load.acknowledged.length;
    if (performance.now() - moved > patience * 1_000) givingUp.abort();
    bar.show(passed / seconds, sendingText(load, passed, seconds));
  }
  return { load, seconds: sentFor };
}

function sendingText({ begun, acknowledged, failures }: Load, passed: number, seconds: number): string {
  const time = `${Math.min(passed, seconds).toFixed(0)} of ${seconds} s`;
  const waiting = begun - acknowledged.length;
  return `${time}: ${grouped(acknowledged.length)} acknowledged, ${grouped(waiting)} under way, ${grouped(failures.length)} failed tries`;
}
