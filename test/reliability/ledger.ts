import { type Account, readBooks } from "../chaos/books.ts";
import { illegality } from "../chaos/verdict.ts";
import type { Fleet } from "../harness/fleet/fleet.ts";
import type { Load } from "../harness/fleet/load.ts";
import { countByStatus, rows } from "../harness/orders.ts";
import { until } from "../harness/until.ts";

/** What MySQL says of all orders, beside what the clients were told. */
export interface Ledger {
  /** How many were acknowledged, and how many there are. They are the same when every order had one key and one answer. */
  readonly acknowledged: number;
  readonly orders: number;
  readonly completed: number;
  /** Acknowledged orders that are not there. */
  readonly lost: readonly string[];
  readonly completedTwice: readonly string[];
  readonly illegal: readonly string[];
  /** How many leases ended although nobody was killed. */
  readonly expired: number;
  /** How many claims were given back by workers that stopped. */
  readonly released: number;
}

/** What a ledger of so many orders says when nothing was lost or repeated. */
export function flawless(orders: number): Omit<Ledger, "released"> {
  return {
    ...{ acknowledged: orders, orders, completed: orders },
    ...{ lost: [], completedTwice: [], illegal: [], expired: 0 },
  };
}

/** Waits until nothing is left to do, and reads the ledger of everything. */
export async function settledLedger(fleet: Fleet, loads: readonly Load[], timeoutMs: number): Promise<Ledger> {
  const isIdle = async () => {
    const { pending = 0, processing = 0, scheduled = 0 } = await countByStatus(fleet.database);
    if (pending + processing + scheduled > 0) throw new Error(JSON.stringify({ pending, processing, scheduled }));
    return true;
  };
  await until("every order has ended", isIdle, timeoutMs);
  const accounts = await readBooks(fleet.database);
  const known = new Set(accounts.map(({ id }) => id));
  const acknowledged = loads.flatMap((load) => load.acknowledged.map(({ id }) => id));
  return {
    acknowledged: acknowledged.length,
    orders: accounts.length,
    completed: accounts.filter(({ status }) => status === "completed").length,
    lost: acknowledged.filter((id) => !known.has(id)),
    completedTwice: accounts.filter((account) => linesOf(account, "completed") > 1).map(({ id }) => id),
    illegal: accounts.flatMap((account) => {
      const problem = illegality(account);
      return problem === undefined ? [] : [`${account.id}: ${problem}`];
    }),
    expired: sum(accounts.map((account) => linesBecause(account, /^lease expired/))),
    released: sum(accounts.map((account) => linesBecause(account, /^released/))),
  };
}

/** When orders were completed, in milliseconds since 1970 by MySQL's clock, in order. */
export async function completionTimes(fleet: Fleet): Promise<readonly number[]> {
  const found = await rows<{ at: number }>(
    fleet.database,
    `SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', at) DIV 1000 AS at
    FROM order_events WHERE status = 'completed' ORDER BY order_events.at`,
  );
  return found.map(({ at }) => at);
}

/** The longest time in which nothing happened, between the first and the last of these times. */
export function longestPause(times: readonly number[]): number {
  return Math.max(0, ...times.slice(1).map((at, index) => at - (times[index] ?? at)));
}

function linesOf({ history }: Account, status: string): number {
  return history.filter((line) => line.status === status).length;
}

function linesBecause({ history }: Account, reason: RegExp): number {
  return history.filter((line) => line.reason !== null && reason.test(line.reason)).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
