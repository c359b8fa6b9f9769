import { changeOrder } from "./http/change-order.ts";
import { orderView } from "./http/order-view.ts";
import { httpFunction } from "./http/stack.ts";
import { noQuery } from "./http/validate.ts";

/** `POST /orders/{id}/cancel`: withdraws an order that no worker has claimed. Repeating it changes nothing. */
export const handler = httpFunction(async (event) => {
  noQuery(event);
  const order = await changeOrder(event, {
    event: { type: "cancel" },
    refusal: "not-cancellable",
    isDone: ({ status }) => status === "cancelled",
  });
  return { status: 200, body: orderView(order) };
});
