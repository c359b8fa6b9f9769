import { changeOrder } from "./http/change-order.ts";
import { orderView } from "./http/order-view.ts";
import { httpFunction } from "./http/stack.ts";
import { noQuery } from "./http/validate.ts";
import { doorbell } from "./runtime.ts";

/** `POST /orders/{id}/redrive`: gives a failed order another round of attempts. */
export const handler = httpFunction(async (event) => {
  noQuery(event);
  const order = await changeOrder(event, { event: { type: "redrive" }, refusal: "not-redrivable" });
  await doorbell.ring([order]);
  return { status: 200, body: orderView(order) };
});
