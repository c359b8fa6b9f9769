import { lockOrders, writeChanges } from "../../core/db/changes.ts";
import type { Database } from "../../core/db/database.ts";
import type { OrderStatus } from "../../core/domain/order.ts";
import { decideUpdate } from "../../core/domain/status-update.ts";
import { type OrderEvent, transition } from "../../core/domain/transitions.ts";
import { testPolicy } from "./gateway.ts";

export const claim: OrderEvent = { type: "claim", workerId: "worker-1", leaseMs: 10_000 };
const giveUp: OrderEvent = { type: "fail", reason: "no such address", retryable: false };

/** What happens to a new order, pending at first, until it is in each status. */
export const lives: { readonly [S in OrderStatus]: readonly OrderEvent[] } = {
  scheduled: [claim, { type: "fail", reason: "card declined", retryable: true }],
  pending: [],
  processing: [claim],
  completed: [claim, { type: "complete" }],
  failed: [claim, giveUp],
  cancelled: [{ type: "cancel" }],
};

/**
 * Lets these events happen to an order, each in a transaction of its own, by the transition table.
 *
 * @param at when each of them happens; MySQL's now unless told otherwise
 */
export async function live(
  database: Database,
  id: string,
  events: readonly OrderEvent[],
  at: (now: Date) => Date = (now) => now,
): Promise<void> {
  for (const event of events) {
    await database.transaction(async (session) => {
      const [locked] = await lockOrders(session, [id]);
      if (locked === undefined) throw new Error(`there is no order ${id}`);
      const result = transition(locked.order, event, at(locked.now), testPolicy);
      if ("illegal" in result) throw new Error(result.illegal);
      await writeChanges(session, [{ id, from: locked.order, ...result }]);
    });
  }
}

/** What becomes of a worker's claim, as the gateway decides it: `applied`, `duplicate` or why it is rejected. */
export function claimedBy(workerId: string, database: Database, id: string): Promise<string> {
  return database.transaction(async (session) => {
    const [locked] = await lockOrders(session, [id]);
    if (locked === undefined) throw new Error(`there is no order ${id}`);
    const decision = decideUpdate(locked.order, { type: "claim", workerId }, locked.now, testPolicy);
    if (decision.outcome === "rejected") return decision.rejection;
    if (decision.state !== undefined)
      await writeChanges(session, [{ id, from: locked.order, ...decision, state: decision.state }]);
    return decision.outcome;
  });
}
