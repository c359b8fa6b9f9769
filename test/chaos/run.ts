import { Fleet } from "../harness/fleet/fleet.ts";
import { quantile } from "../harness/quantile.ts";
import { countOrphans, readBooks } from "./books.ts";
import { Customers } from "./customers.ts";
import { type Elsewhere, startElsewhere } from "./elsewhere.ts";
import { unexpectedEnds } from "./ends.ts";
import { type Happened, injectAll } from "./inject.ts";
import { readLogs } from "./logs.ts";
import type { ChaosOptions } from "./options.ts";
import { takeovers } from "./pauses.ts";
import { plan } from "./plan.ts";
import { type ChaosResult, toothless } from "./result.ts";
import { type Settled, settle } from "./settle.ts";
import { judge } from "./verdict.ts";

/** Runs the system under load, does what the seed has planned, lets everything settle, and judges. */
export async function runChaos(
  options: ChaosOptions,
  folder: string,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<ChaosResult> {
  const { seed, seconds, gateways, workers, settle: settleSeconds } = options;
  print(`chaos: seed ${seed}, ${seconds} s, ${options.rate} orders a second, ${gateways} gateways, ${workers} workers`);
  const elsewhere = await startElsewhere(seed);
  const env = { PROCESS_MS: "150", LOG_LEVEL: "info", ...options.set, EFFECTS_URL: elsewhere.recorder.url };
  const supervised: string[] = [];
  const report = (line: string) => void supervised.push(line);
  const fleet = await Fleet.start({ folder, gateways, workers, env, report }).catch(async (error: unknown) => {
    await elsewhere.stop();
    throw error;
  });
  const customers = new Customers(fleet.url, seed, options.rate);
  try {
    const cast = { gateways: fleet.gateways, workers: fleet.workers, leaseMs: Number(options.set.LEASE_MS ?? 10_000) };
    const gapMs = options.every === undefined ? undefined : options.every * 1_000;
    const gap = gapMs === undefined ? undefined : { leastMs: gapMs, mostMs: gapMs };
    const planned = plan(seed, seconds, options.faults, cast, gap);
    const faults = injectAll(fleet, planned, (one) => print(told(one)));
    const happened = await stoppable(signal, faults);
    const impatience = AbortSignal.timeout(settleSeconds * 1_000);
    // Whatever is not answered by then is told of by the judgement.
    await stoppable(AbortSignal.any([signal, impatience]), customers.stop()).catch(() => signal.throwIfAborted());
    const settled = await settle(fleet, settleSeconds * 1_000, signal);
    return await judgeAll(options, { fleet, customers, elsewhere }, { happened, settled, supervised });
  } finally {
    customers.giveUp();
    await fleet.stop();
    await elsewhere.stop();
  }
}

interface Witnesses {
  readonly fleet: Fleet;
  readonly customers: Customers;
  readonly elsewhere: Elsewhere;
}

interface Course {
  readonly happened: readonly Happened[];
  readonly settled: Settled;
  /** What the supervisor has said. */
  readonly supervised: readonly string[];
}

async function judgeAll(
  options: ChaosOptions,
  { fleet, customers, elsewhere: { recorder } }: Witnesses,
  { happened, settled, supervised }: Course,
): Promise<ChaosResult> {
  const { acknowledged, failures, cancellations, cancelled, defects, unanswered } = customers;
  const [accounts, orphans, requests, effects, logged] = await Promise.all([
    readBooks(fleet.database),
    countOrphans(fleet.database),
    recorder.requests(),
    recorder.effectsOf(),
    readLogs(fleet),
  ]);
  const seen = {
    ...{ accounts, happened, acknowledged: acknowledged.size, failures, cancellations, logged },
    ...{ effects: effects.length, asked: requests.length, redriven: settled.redriven },
    settledMs: settled.at - Math.max(0, ...happened.map(({ to }) => to)),
    takeovers: takeovers(happened, accounts),
  };
  const verdict = Object.entries(judge({ acknowledged, cancelled }, accounts, requests));
  const problems = [
    ...verdict.flatMap(([kind, found]) => found.map((one: string) => `${kind}: ${one}`)),
    ...effects.flatMap(({ key, orderId }) => (key === `effect:${orderId}` ? [] : [`doubled: an effect under ${key}`])),
    ...(orphans > 0 ? [`illegal: ${orphans} lines of history without an order`] : []),
    ...(unanswered > 0 ? [`stuck: ${unanswered} creates were not answered`] : []),
    ...settled.problems,
    ...defects.map((answer) => `answered: ${answer}`),
    ...logged.errors.map((line) => `logged: ${line}`),
    ...(logged.deadEntries > 0 ? [`logged: ${logged.deadEntries} entries named no order`] : []),
    ...unexpectedEnds(
      supervised,
      happened.flatMap(({ ended }) => ended),
    ).map((end) => `crashed: ${end}`),
    ...toothless(seen),
    ...tooSlow(options, seen.takeovers),
  ];
  return { ...seen, problems };
}

function tooSlow({ takeover }: ChaosOptions, times: readonly number[]): readonly string[] {
  const p99 = quantile(times, 0.99) / 1_000;
  return takeover === undefined || p99 <= takeover ? [] : [`slow: takeovers have a p99 of ${p99} s, not ${takeover} s`];
}

function told({ planned, from, to, failure }: Happened): string {
  const at = `${(planned.atMs / 1_000).toFixed(1)} s`.padStart(8);
  const lasted = `${((to - from) / 1_000).toFixed(1)} s`;
  return `${at}  ${planned.fault.told} (${failure === undefined ? lasted : `could not be done: ${failure}`})`;
}

async function stoppable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
