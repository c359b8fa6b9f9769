import { findHistory, findOrder } from "../core/db/orders.ts";
import { isUuid } from "../core/domain/identity.ts";
import { Problem } from "../core/domain/problem.ts";
import { historyView, orderView } from "./http/order-view.ts";
import { httpFunction } from "./http/stack.ts";
import { database } from "./runtime.ts";

/** `GET /orders/{id}`: an order and its history. */
export const handler = httpFunction(async (event) => {
  const id = event.pathParameters?.id ?? "";
  const found = isUuid(id) ? await findWithHistory(id) : undefined;
  if (found === undefined) throw new Problem("order-not-found", "There is no order with this id.");
  return { status: 200, body: found };
});

function findWithHistory(id: string) {
  return database.run(async (session) => {
    const order = await findOrder(session, id);
    if (order === undefined) return undefined;
    const entries = await findHistory(session, id);
    return { ...orderView(order), history: historyView(order, entries) };
  });
}
