import type { Load } from "../../cli/load/load.ts";
import { linesBecause, readBooks } from "../chaos/books.ts";
import { completionTimes, longestGap } from "../chaos/pauses.ts";
import { completedTwice, illegalities } from "../chaos/verdict.ts";
import type { Fleet } from "../harness/fleet/fleet.ts";
import { untilAllEnded } from "../harness/orders.ts";

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
  /** The longest time without a completion, between the first and the last of them, in milliseconds. */
  readonly longestPauseMs: number;
}

/** What a ledger of so many orders says when nothing was lost or repeated. */
export function flawless(orders: number): Omit<Ledger, "released" | "longestPauseMs"> {
  return {
    ...{ acknowledged: orders, orders, completed: orders },
    ...{ lost: [], completedTwice: [], illegal: [], expired: 0 },
  };
}

/** Waits until nothing is left to do, and reads the ledger of everything. */
export async function settledLedger(fleet: Fleet, loads: readonly Load[], timeoutMs: number): Promise<Ledger> {
  await untilAllEnded(fleet.database, timeoutMs);
  const accounts = await readBooks(fleet.database);
  const known = new Set(accounts.map(({ id }) => id));
  const acknowledged = loads.flatMap((load) => load.acknowledged.map(({ id }) => id));
  return {
    acknowledged: acknowledged.length,
    orders: accounts.length,
    completed: accounts.filter(({ status }) => status === "completed").length,
    lost: acknowledged.filter((id) => !known.has(id)),
    completedTwice: completedTwice(accounts),
    illegal: illegalities(accounts),
    expired: linesBecause(accounts, "lease expired"),
    released: linesBecause(accounts, "released"),
    longestPauseMs: longestGap(completionTimes(accounts)),
  };
}
