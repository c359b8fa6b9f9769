import { createOne, creationView, prepareOrder } from "./http/creation.ts";
import { beginRequest } from "./http/creation-trace.ts";
import { idempotencyKey } from "./http/idempotency.ts";
import { jsonBody } from "./http/json-body.ts";
import { orderBody, orderInput } from "./http/order-input.ts";
import { httpFunction } from "./http/stack.ts";
import { noQuery, validate } from "./http/validate.ts";

/**
 * `POST /orders`: once it has answered 201, the order is stored and will be worked off, whatever happens. With an
 * `Idempotency-Key` it can be sent again without a second order.
 */
export const handler = httpFunction(async (event, { caller }) => {
  const trace = beginRequest(event, "/orders");
  const body = jsonBody(event);
  const key = idempotencyKey(event);
  noQuery(event);
  const wanted = prepareOrder(caller, key, orderInput(validate(orderBody, body)));
  const create = () => createOne(wanted);
  const creation = await (trace === undefined ? create() : trace.follow([wanted], create));
  const order = creationView(creation);
  const replayed = creation.outcome === "replayed" ? { "Idempotent-Replayed": "true" } : {};
  return { status: 201, headers: { Location: `/orders/${order.id}`, ...replayed }, body: order };
});
