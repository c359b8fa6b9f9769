import { type Change, type LockedOrder, lockOrders, writeChanges } from "../core/db/changes.ts";
import type { Database } from "../core/db/database.ts";
import type { Statements } from "../core/db/statements.ts";
import type { Order } from "../core/domain/order.ts";
import { type Decision, decideUpdate, type LeasePolicy, type StatusUpdate } from "../core/domain/status-update.ts";
import type { Queue } from "../core/queue/queue.ts";
import type { Logger } from "../core/telemetry/log.ts";
import type { CallWatch } from "./call-watch.ts";
import type { GatewayMetrics } from "./metrics.ts";
import type { GatewayTraces } from "./traces.ts";

/** An update and the order that it is about. */
export interface AddressedUpdate {
  readonly orderId: string;
  readonly update: StatusUpdate;
}

/** What became of an update. */
export interface UpdateResult {
  readonly update: StatusUpdate;
  readonly decision: Decision;
  /** The order as it was before this update; absent when there is none with this id. */
  readonly order?: Order;
}

export interface ApplyDependencies {
  readonly database: Database;
  readonly queue: Pick<Queue, "enqueue">;
  readonly policy: LeasePolicy;
  readonly log: Logger;
  /** Told of every call. */
  readonly calls?: CallWatch;
  readonly metrics?: GatewayMetrics;
  /** Absent when nothing is traced. */
  readonly traces?: GatewayTraces | undefined;
}

/**
 * How many updates are one transaction: a batch that is too slow for its time limit gets further each time it is sent.
 * Workers send no more than this at once.
 */
const maxTransaction = 1_000;

/**
 * Applies a batch of workers' updates: one transaction locks the orders, decides by the transition table and writes
 * states and history (D5). Updates for the same order are decided one after the other. All transactions of a batch
 * share one time limit.
 *
 * @param assertWanted throws when nobody waits for the results any more; then nothing further is applied
 * @returns a result for each update, in order
 * @throws {DatabaseUnavailable} some updates may not be applied; the same batch can be sent again
 */
export async function applyUpdates(
  dependencies: ApplyDependencies,
  updates: readonly AddressedUpdate[],
  assertWanted: () => void = () => {},
): Promise<readonly UpdateResult[]> {
  const { database, policy, metrics, traces } = dependencies;
  const deadline = database.deadline();
  const arrived = traces?.now() ?? 0;
  const results: UpdateResult[] = [];
  try {
    for (let begin = 0; begin < updates.length; begin += maxTransaction) {
      const part = updates.slice(begin, begin + maxTransaction);
      let begun = 0;
      const applied = await database.pipeline((statements) => {
        // Here and not before: it may have waited long for its connection.
        assertWanted();
        begun = performance.now();
        return applyPart(statements, part, policy);
      }, deadline);
      const ms = performance.now() - begun;
      metrics?.committed("updates", ms);
      metrics?.applied(applied);
      traces?.applied(applied, { arrived, ms });
      results.push(...applied);
    }
  } finally {
    // After all of them: a Redis that hangs must not use up the time that they share. Of those that are committed, too,
    // when one that comes after them is not.
    await follow(dependencies, results);
  }
  return results;
}

async function applyPart(
  statements: Statements,
  updates: readonly AddressedUpdate[],
  policy: LeasePolicy,
): Promise<readonly UpdateResult[]> {
  const ids = new Set(updates.map(({ orderId }) => orderId));
  const locked = await lockOrders(statements, [...ids]);
  const current = new Map(locked.map((row) => [row.order.id, row]));
  const isRepeated = ids.size < updates.length;
  const results = updates.map(({ orderId, update }) => {
    const row = current.get(orderId);
    const result = decide(row, update, policy);
    const state = "state" in result.decision ? result.decision.state : undefined;
    if (isRepeated && row !== undefined && state !== undefined) {
      current.set(orderId, { ...row, order: { ...row.order, ...state } });
    }
    return result;
  });
  await writeChanges(statements, results.flatMap(changeOf));
  return results;
}

function decide(row: LockedOrder | undefined, update: StatusUpdate, policy: LeasePolicy): UpdateResult {
  if (row === undefined) {
    return { update, decision: { outcome: "rejected", rejection: "not_found", detail: "there is no such order" } };
  }
  return { update, order: row.order, decision: decideUpdate(row.order, update, row.now, policy) };
}

function changeOf({ order, decision }: UpdateResult): Change[] {
  if (order === undefined || decision.outcome === "rejected" || decision.state === undefined) return [];
  const entry = decision.outcome === "applied" ? decision.entry : undefined;
  return [{ id: order.id, from: order, state: decision.state, entry }];
}

/** What follows a commit: released orders go back into the queue at once, and operators hear of failures. */
async function follow({ queue, log }: ApplyDependencies, results: readonly UpdateResult[]): Promise<void> {
  const released: Order[] = [];
  for (const { order, update, decision } of results) {
    if (order === undefined || decision.outcome === "rejected") continue;
    // A duplicate too: its first commit may have lost its answer, and then nobody enqueued the order. A second entry
    // for an order does no harm.
    if (update.type === "release" && (decision.state ?? order).status === "pending") released.push(order);
    if (update.type === "fail" && decision.outcome === "applied") {
      const { status, attempt, workerId: worker, reason } = decision.state;
      log.warn({ orderId: order.id, attempt, worker, reason, status }, "an attempt failed");
    }
  }
  // Redis may be away: then the relay finds them.
  await queue
    .enqueue(released)
    .catch((error: unknown) => log.warn({ err: error }, "released orders were not enqueued"));
}
