import { insertOrder } from "../core/db/orders.ts";
import { newOrder } from "../core/domain/order.ts";
import { jsonBody } from "./http/json-body.ts";
import { orderInput } from "./http/order-input.ts";
import { orderView } from "./http/order-view.ts";
import { httpFunction } from "./http/stack.ts";
import { validate } from "./http/validate.ts";
import { database, doorbell, nextBirth } from "./runtime.ts";

/** `POST /orders`: once it has answered 201, the order is stored and will be worked off, whatever happens. */
export const handler = httpFunction(async (event) => {
  const content = validate(orderInput, jsonBody(event));
  const { id, createdAt } = nextBirth();
  const order = newOrder(id, content, createdAt);
  await database.run((session) => insertOrder(session, order));
  if (order.status === "pending") await doorbell.ring([order]);
  return { status: 201, headers: { Location: `/orders/${id}` }, body: orderView(order) };
});
