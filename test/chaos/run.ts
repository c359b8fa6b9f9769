import type { EffectRecorder } from "../harness/effects.ts";
import { Fleet } from "../harness/fleet/fleet.ts";
import { rows } from "../harness/orders.ts";
import { until } from "../harness/until.ts";
import { type Account, countOrphans, readBooks } from "./books.ts";
import { Customers } from "./customers.ts";
import { startElsewhere } from "./elsewhere.ts";
import { type Happened, injectAll } from "./inject.ts";
import { loggedErrors } from "./logged-errors.ts";
import type { ChaosOptions } from "./options.ts";
import { plan } from "./plan.ts";
import { judge } from "./verdict.ts";

/** What delivered entries may take to leave the stream: two rounds of the relay, and some time to look (D3). */
const emptyMs = 5_000;

/** What a run has shown. */
export interface ChaosResult {
  readonly accounts: readonly Account[];
  readonly happened: readonly Happened[];
  readonly acknowledged: readonly string[];
  readonly failures: ReadonlyMap<number, number>;
  readonly cancellations: ReadonlyMap<number, number>;
  /** How many effects took place outside, each once, and how often they were asked for. */
  readonly asked: { readonly effects: number; readonly requests: number };
  /** How long after the last fault the last order ended, in milliseconds. */
  readonly settledMs: number;
  /** Everything that is wrong; empty when the promise was kept. */
  readonly problems: readonly string[];
}

/** Runs the system under load, does what the seed has planned, lets everything settle, and judges. */
export async function runChaos(
  options: ChaosOptions,
  folder: string,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<ChaosResult> {
  const { seed, seconds, gateways, workers } = options;
  print(`chaos: seed ${seed}, ${seconds} s, ${options.rate} orders a second, ${gateways} gateways, ${workers} workers`);
  const elsewhere = await startElsewhere(seed);
  const env = { PROCESS_MS: "150", LOG_LEVEL: "info", ...options.set, EFFECTS_URL: elsewhere.recorder.url };
  const fleet = await Fleet.start({ folder, gateways, workers, env }).catch(async (error: unknown) => {
    await elsewhere.stop();
    throw error;
  });
  const customers = new Customers(fleet.url, seed, options.rate);
  try {
    const cast = { gateways: fleet.gateways, workers: fleet.workers, leaseMs: Number(options.set.LEASE_MS ?? 10_000) };
    const planned = plan(seed, seconds, options.faults, cast);
    const happened = await stoppable(
      signal,
      injectAll(fleet, planned, (one) => print(told(one))),
    );
    await stoppable(signal, customers.stop());
    const settled = await settle(fleet, options.settle * 1_000, signal);
    return await judgeAll(fleet, customers, elsewhere.recorder, happened, settled);
  } finally {
    customers.giveUp();
    await fleet.stop();
    await elsewhere.stop();
  }
}

interface Settled {
  /** When it was waited for, in milliseconds since 1970. */
  readonly begun: number;
  readonly problems: readonly string[];
}

/** Lets every order end, gives what has failed another round, and looks at what is left in Redis. */
async function settle(fleet: Fleet, withinMs: number, signal: AbortSignal): Promise<Settled> {
  const begun = Date.now();
  await fleet.ready();
  const stuck = await noneOpen(fleet, withinMs, signal);
  if (stuck !== undefined) return { begun, problems: [`stuck: ${stuck}`] };
  await redriveFailed(fleet);
  const stuckAgain = await noneOpen(fleet, withinMs, signal);
  const left = (await leftInRedis(fleet)).map((what) => `left in Redis: ${what}`);
  return { begun, problems: [...left, ...(stuckAgain === undefined ? [] : [`stuck: ${stuckAgain}, redriven`])] };
}

async function judgeAll(
  fleet: Fleet,
  customers: Customers,
  recorder: EffectRecorder,
  happened: readonly Happened[],
  settled: Settled,
): Promise<ChaosResult> {
  const { acknowledged, failures, cancellations, defects } = customers;
  const [accounts, orphans, requests, effects] = await Promise.all([
    readBooks(fleet.database),
    countOrphans(fleet.database),
    recorder.requests(),
    recorder.effectsOf(),
  ]);
  const verdict = Object.entries(judge(acknowledged, accounts, requests));
  const twice = effects.filter(({ took }) => took !== 1);
  const problems = [
    ...verdict.flatMap(([kind, found]) => found.map((one: string) => `${kind}: ${one}`)),
    ...twice.map(({ orderId, took }) => `doubled: the effect on ${orderId} took place ${took} times`),
    ...(orphans > 0 ? [`illegal: ${orphans} lines of history without an order`] : []),
    ...settled.problems,
    ...defects.map((answer) => `answered: ${answer}`),
    ...(await loggedErrors(fleet)).map((line) => `logged: ${line}`),
  ];
  const settledMs = Math.max(...accounts.map(({ history }) => history.at(-1)?.at ?? 0)) - settled.begun;
  const asked = { effects: effects.length, requests: requests.length };
  return { accounts, happened, acknowledged, failures, cancellations, asked, settledMs, problems };
}

/** Waits until no order is open; answers what it sees when that takes too long. */
async function noneOpen(fleet: Fleet, withinMs: number, signal: AbortSignal): Promise<string | undefined> {
  const open = async () => {
    const [row] = await rows<{ open: number }>(
      fleet.database,
      "SELECT COUNT(*) AS open FROM orders WHERE status IN ('scheduled', 'pending', 'processing')",
    );
    return row?.open ?? 0;
  };
  return until("all orders have ended", async () => (await open()) === 0, withinMs, signal).then(
    () => undefined,
    async () => {
      signal.throwIfAborted();
      return `${await open()} orders have not ended within ${withinMs / 1_000} s`;
    },
  );
}

/** Operators give what has failed another round: by then nothing fails for good any more. */
async function redriveFailed(fleet: Fleet): Promise<void> {
  const failed = await rows<{ id: string }>(
    fleet.database,
    "SELECT BIN_TO_UUID(id) AS id FROM orders WHERE status = 'failed'",
  );
  for (const { id } of failed) {
    const answer = await fetch(`${fleet.url}/orders/${id}/redrive`, { method: "POST" });
    if (answer.status !== 200) throw new Error(`redrive of ${id} answers ${answer.status}: ${await answer.text()}`);
    await answer.body?.cancel();
  }
}

async function leftInRedis(fleet: Fleet): Promise<string[]> {
  return fleet.redis.ask(async (redis) => {
    const isEmpty = async () => (await redis.xlen("orders:queue")) === 0;
    const queue = await until("the queue is empty", isEmpty, emptyMs).then(
      () => [],
      async () => [`${await redis.xlen("orders:queue")} entries`],
    );
    const dead = await redis.xlen("orders:dead");
    return [...queue, ...(dead > 0 ? [`${dead} dead entries`] : [])];
  });
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
