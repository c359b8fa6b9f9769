import { createOrders } from "../core/db/create-orders.ts";
import { creationView, prepareOrder, toEnqueue } from "./http/creation.ts";
import { idempotencyKey } from "./http/idempotency.ts";
import { jsonBody } from "./http/json-body.ts";
import { orderBody, orderInput } from "./http/order-input.ts";
import { httpFunction } from "./http/stack.ts";
import { noQuery, validate } from "./http/validate.ts";
import { database, doorbell } from "./runtime.ts";

/**
 * `POST /orders`: once it has answered 201, the order is stored and will be worked off, whatever happens. With an
 * `Idempotency-Key` it can be sent again without a second order.
 */
export const handler = httpFunction(async (event, { caller }) => {
  const body = jsonBody(event);
  const key = idempotencyKey(event);
  noQuery(event);
  const wanted = prepareOrder(caller, key, orderInput(validate(orderBody, body)));
  const creations = await database.run((session) => createOrders(session, [wanted]));
  const [creation] = creations;
  if (creation === undefined) throw new Error("every order that is asked for has a creation");
  const order = creationView(creation);
  await doorbell.ring(toEnqueue(creations));
  const replayed = creation.outcome === "replayed" ? { "Idempotent-Replayed": "true" } : {};
  return { status: 201, headers: { Location: `/orders/${order.id}`, ...replayed }, body: order };
});
