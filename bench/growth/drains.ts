import { setTimeout as delay } from "node:timers/promises";
import type { Ground } from "../ground.ts";
import { measureDrain } from "../measure/drain.ts";
import { type Mix, makeRows } from "../rows.ts";
import { type OrdersOptions, RunningOrders } from "../systems/orders.ts";

/** What a drain meets. */
export interface Circumstances {
  /** How many orders wait. */
  readonly waiting: number;
  /** Rows of other orders in the table, most of them completed; none by default. */
  readonly present?: number;
  /** Gateways, workers and settings. */
  readonly system?: OrdersOptions;
}

/** A drain of the running system. */
export interface DrainRate {
  readonly ordersPerSecond: number;
  /** CPU microseconds an order, by process. */
  readonly cpuMicros: Readonly<Record<string, number>>;
}

/** A drain that is not done by then is over. */
const longestSeconds = 20;
const settleMs = 5_000;

/** The first drain of a process compiles its code: it is not measured. */
const warmUp = 10_000;

/** Begins something that goes on while the drains are measured. Answers how to end it. */
export type Meanwhile = (running: RunningOrders) => () => Promise<void>;

/** Drains on a database of their own, as many as are told, one after the other. */
export async function drains(
  ground: Ground,
  circumstances: Circumstances,
  repeats: number,
  meanwhile: Meanwhile = () => async () => {},
): Promise<DrainRate[]> {
  const { waiting, present = 0, system = {} } = circumstances;
  const databaseUrl = await ground.freshDatabase();
  const running = await RunningOrders.start(ground, databaseUrl, { ...system, withoutHttp: true });
  try {
    if (present > 0) await makeRows(ground, databaseUrl, mixOf(present));
    await drainOnce(ground, running, warmUp);
    const end = meanwhile(running);
    const rates: DrainRate[] = [];
    for (let count = 0; count < repeats; count++) {
      // A drain ends after 20 s: what is left must not wait for the next.
      await untilEmpty(running);
      rates.push(await drainOnce(ground, running, waiting));
    }
    // Metrics of a process that is stopped do not come: not until the workers run again.
    running.resume();
    await end();
    return rates;
  } finally {
    await running.stop();
    await ground.dropDatabase(databaseUrl);
  }
}

/** Drains what waits once. */
export async function drainOnce(ground: Ground, running: RunningOrders, waiting: number): Promise<DrainRate> {
  const { completed, seconds, usage } = await measureDrain(ground, running, {
    orders: waiting,
    seconds: longestSeconds,
    settleMs,
  });
  const cpu = [...usage].map(([name, { cpuSeconds }]) => [name, (cpuSeconds * 1e6) / completed] as const);
  return { ordersPerSecond: completed / seconds, cpuMicros: Object.fromEntries(cpu) };
}

async function untilEmpty(running: RunningOrders): Promise<void> {
  running.resume();
  while (!(await running.isEmpty())) await delay(100);
  await running.pause();
}

/** A tenth has failed and waits for an operator; nothing of it is due. */
function mixOf(rows: number): Mix {
  return { completed: (rows * 9) / 10, failed: rows / 10 };
}
