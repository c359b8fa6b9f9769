import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { type LockedOrder, lockOrders, writeChanges } from "../../core/db/changes.ts";
import type { Session } from "../../core/db/database.ts";
import { findHistory } from "../../core/db/orders.ts";
import { isUuid } from "../../core/domain/identity.ts";
import type { HistoryEntry, Order } from "../../core/domain/order.ts";
import { Problem, type ProblemKind } from "../../core/domain/problem.ts";
import { type OrderEvent, transition } from "../../core/domain/transitions.ts";
import { database } from "../runtime.ts";

/** The id in the path of a request for one order. Undefined when there can be no such order. */
export function orderId(event: APIGatewayProxyEventV2): string | undefined {
  const id = event.pathParameters?.id ?? "";
  return isUuid(id) ? id.toLowerCase() : undefined;
}

export function noSuchOrder(): Problem {
  return new Problem("order-not-found", "There is no order with this id.");
}

/** What a client may let happen to an order. */
export interface Request {
  readonly event: OrderEvent;
  /** The problem when it cannot happen where the order is. */
  readonly refusal: ProblemKind;
  /** Whether it has happened already: then it is answered as if it happened now. */
  readonly isDone?: (order: Order) => boolean;
}

/**
 * Lets an event happen to an order by the transition table, with its history.
 *
 * @returns the order afterwards
 * @throws {Problem} 404 or 409
 */
export async function changeOrder(httpEvent: APIGatewayProxyEventV2, request: Request): Promise<Order> {
  const id = orderId(httpEvent);
  if (id === undefined) throw noSuchOrder();
  let written: Written | undefined;
  return database.transaction(async (session) => {
    const [locked] = await lockOrders(session, [id]);
    if (locked === undefined) throw noSuchOrder();
    // Tried again because the answer to its COMMIT was lost: it may have happened all the same.
    if (written !== undefined && (await isStored(session, written))) return written.order;
    if (request.isDone?.(locked.order)) return locked.order;
    written = changed(locked, request);
    await writeChanges(session, [{ id, from: locked.order, state: written.order, entry: written.entry }]);
    return written.order;
  });
}

/** An order after its change, which the history tells of in this entry. */
interface Written {
  readonly order: Order;
  readonly entry: HistoryEntry;
}

function changed({ order, now }: LockedOrder, { event, refusal }: Request): Written {
  const result = transition(order, event, now);
  if ("illegal" in result) throw new Problem(refusal, `Nothing was changed: ${result.illegal}.`);
  return { order: { ...order, ...result.state }, entry: result.entry };
}

async function isStored(session: Session, { order, entry }: Written): Promise<boolean> {
  const history = await findHistory(session, order.id);
  const line = history.find(({ seq }) => seq === entry.seq);
  return line?.status === entry.status && line.at.getTime() === entry.at.getTime();
}
