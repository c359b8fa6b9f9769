import { type Change, lockOrders, writeChanges } from "../../core/db/changes.ts";
import type { Session } from "../../core/db/database.ts";
import { findFailed } from "../../core/db/failed-orders.ts";
import type { Order } from "../../core/domain/order.ts";
import { transition } from "../../core/domain/transitions.ts";
import { enqueue } from "../../core/queue/connection.ts";
import type { OperationInput } from "./input.ts";
import type { Services } from "./services.ts";

type RedriveInput = Extract<OperationInput, { operation: "redrive" }>;

/** How many orders one transaction redrives: few enough to hold up no batch of the gateway. */
const batchSize = 500;

/** An order that was named and could not be redriven. */
interface Refusal {
  readonly id: string;
  readonly reason: string;
}

interface Batch {
  readonly redriven: readonly Order[];
  readonly refused: readonly Refusal[];
}

/**
 * `redrive`: gives failed orders another round of attempts, batch by batch, through the transition table and with
 * their history. Not all at once: `more` tells to go on from `next`.
 *
 * @param hasTime whether there is time for another batch
 */
export async function redrive(services: Services, input: RedriveInput, hasTime: () => boolean) {
  const result =
    input.ids === undefined ? await redriveFailed(services, input, hasTime) : await redriveNamed(services, input.ids);
  services.log.info({ redriven: result.redriven, more: result.more }, "failed orders were redriven");
  return result;
}

async function redriveNamed(services: Services, ids: readonly string[]) {
  const unique = [...new Set(ids)];
  let redriven = 0;
  const refused: Refusal[] = [];
  for (let from = 0; from < unique.length; from += batchSize) {
    const batch = await redriveBatch(services, unique.slice(from, from + batchSize));
    redriven += batch.redriven.length;
    refused.push(...batch.refused);
  }
  return { redriven, more: false, refused };
}

async function redriveFailed(services: Services, input: RedriveInput, hasTime: () => boolean) {
  const since = input.failedSince === undefined ? undefined : new Date(input.failedSince);
  let next = input.after;
  for (let redriven = 0; ; ) {
    const limit = Math.min(batchSize, input.limit - redriven);
    if (limit === 0 || !hasTime()) return { redriven, more: true, ...(next !== undefined && { next }) };
    const ids = await services.database.run((session) => findFailed(session, { after: next, limit }));
    if (ids.length > 0) redriven += (await redriveBatch(services, ids, since)).redriven.length;
    if (ids.length < limit) return { redriven, more: false };
    next = ids.at(-1);
  }
}

/** @param since leaves alone what failed before it */
async function redriveBatch({ database, redis, log }: Services, ids: readonly string[], since?: Date): Promise<Batch> {
  let written: ReadonlyMap<string, Change> = new Map();
  const batch = await database.transaction(async (session) => {
    const changed = await changesOf(session, ids, { since, written });
    written = new Map(changed.changes.map((change) => [change.id, change]));
    await writeChanges(session, changed.changes);
    return changed;
  });
  // After the commit. Without Redis the gateway's relay finds them (D3).
  await redis()
    .then((connection) => enqueue(connection, batch.redriven))
    .catch((error: unknown) => log.warn({ err: error }, "Redis is away: the orders are enqueued by the relay"));
  return batch;
}

interface Condition {
  readonly since: Date | undefined;
  /** What an earlier try wrote, before the answer to its COMMIT was lost. */
  readonly written: ReadonlyMap<string, Change>;
}

async function changesOf(session: Session, ids: readonly string[], { since, written }: Condition) {
  const locked = await lockOrders(session, ids);
  const redriven: Order[] = [];
  const changes: Change[] = [];
  const found = new Set(locked.map(({ order }) => order.id));
  const refused: Refusal[] = ids.filter((id) => !found.has(id)).map((id) => ({ id, reason: "there is no such order" }));
  for (const { order, now } of locked) {
    if (since !== undefined && order.updatedAt < since) continue;
    const result = transition(order, { type: "redrive" }, now);
    if (!("illegal" in result)) {
      changes.push({ id: order.id, from: order, ...result });
      redriven.push({ ...order, ...result.state });
    } else if (isDone(order, written.get(order.id))) redriven.push(order);
    else refused.push({ id: order.id, reason: result.illegal });
  }
  return { redriven, refused, changes };
}

function isDone(order: Order, written: Change | undefined): boolean {
  return written !== undefined && order.version >= written.state.version;
}
