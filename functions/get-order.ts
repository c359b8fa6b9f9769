import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { findHistory, findOrder } from "../core/db/orders.ts";
import { noSuchOrder, orderId } from "./http/change-order.ts";
import { isKnown } from "./http/etag.ts";
import { historyView, orderView } from "./http/order-view.ts";
import { type Answer, httpFunction } from "./http/stack.ts";
import { noQuery } from "./http/validate.ts";
import { database } from "./runtime.ts";

/** `GET /orders/{id}`: an order and its history; 304 to those who have it already. */
export const handler = httpFunction(async (event) => {
  noQuery(event);
  const id = orderId(event);
  const answer = id === undefined ? undefined : await read(id, event);
  if (answer === undefined) throw noSuchOrder();
  return answer;
});

function read(id: string, event: APIGatewayProxyEventV2): Promise<Answer | undefined> {
  return database.run(async (session) => {
    const order = await findOrder(session, id);
    if (order === undefined) return undefined;
    // Every change that a client can see is a new version of the order.
    const headers = { ETag: `"${order.version}"` };
    if (isKnown(event, headers.ETag)) return { status: 304, headers };
    const entries = await findHistory(session, id);
    return { status: 200, headers, body: { ...orderView(order), history: historyView(order, entries) } };
  });
}
