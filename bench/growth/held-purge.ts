import mysql from "mysql2/promise";
import { lockDue, lockExpired, lockPendingSince } from "../../core/db/changes.ts";
import { Database, forBatches } from "../../core/db/database.ts";
import type { Ground } from "../ground.ts";
import { RunningOrders } from "../systems/orders.ts";
import { drainOnce } from "./drains.ts";

/** How things were at a time while a transaction held MySQL's purge back. */
export interface HeldPurge {
  readonly phase: "before" | "held" | "after";
  /** Since the transaction began, in minutes; before it below 0. */
  readonly minutes: number;
  readonly ordersPerSecond: number;
  /** What the relay's three looks of a round take, in milliseconds. */
  readonly scanMs: Looks;
  /** Transactions that purge has not got to. */
  readonly historyLength: number;
}

interface Looks {
  readonly due: number;
  readonly expired: number;
  readonly lost: number;
}

const waiting = 30_000;

/** The look that the relay takes of each kind, in orders. */
const relayBatch = 1_000;

/**
 * Drains again and again while one transaction reads what was there before it began, as a backup or a forgotten console
 * does: MySQL keeps all old versions of rows and index entries for it. Some drains before, and some after it has ended.
 */
export async function holdPurge(ground: Ground, minutes: number): Promise<HeldPurge[]> {
  const databaseUrl = await ground.freshDatabase();
  const running = await RunningOrders.start(ground, databaseUrl, { withoutHttp: true });
  const relay = new Database({ url: databaseUrl, connections: 1, timeoutMs: 60_000, ...forBatches });
  const reader = await mysql.createConnection(databaseUrl);
  try {
    const looks: Omit<HeldPurge, "minutes">[] = [];
    const times: number[] = [];
    const look = async (phase: HeldPurge["phase"]) => {
      looks.push({ phase, ...(await lookOnce(ground, running, relay)) });
      times.push(performance.now());
    };
    for (let warmUps = 0; warmUps < 2; warmUps++) await drainOnce(ground, running, waiting);
    for (let before = 0; before < 3; before++) await look("before");
    await reader.query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    await reader.query("START TRANSACTION WITH CONSISTENT SNAPSHOT");
    const begun = performance.now();
    while (performance.now() - begun < minutes * 60_000) await look("held");
    await reader.query("COMMIT");
    for (let after = 0; after < 5; after++) await look("after");
    return looks.map((one, index) => ({ ...one, minutes: ((times[index] ?? begun) - begun) / 60_000 }));
  } finally {
    reader.destroy();
    await relay.close();
    await running.stop();
    await ground.dropDatabase(databaseUrl);
  }
}

async function lookOnce(
  ground: Ground,
  running: RunningOrders,
  relay: Database,
): Promise<Omit<HeldPurge, "minutes" | "phase">> {
  const { ordersPerSecond } = await drainOnce(ground, running, waiting);
  return { ordersPerSecond, historyLength: await ground.historyLength(), scanMs: await looks(relay) };
}

async function looks(relay: Database): Promise<Looks> {
  const timed = async (look: Parameters<Database["transaction"]>[0]) => {
    const begun = performance.now();
    await relay.transaction(look);
    return performance.now() - begun;
  };
  return {
    due: await timed((session) => lockDue(session, relayBatch)),
    expired: await timed((session) => lockExpired(session, relayBatch)),
    lost: await timed((session) => lockPendingSince(session, new Date(), relayBatch)),
  };
}
