import { listOrders } from "../core/db/orders.ts";
import { decodeCursor, encodeCursor } from "./http/cursor.ts";
import { listQuery } from "./http/list-query.ts";
import { orderView } from "./http/order-view.ts";
import { httpFunction } from "./http/stack.ts";
import { validate } from "./http/validate.ts";
import { database } from "./runtime.ts";

/** `GET /orders`: a page of orders, and the cursor of the next. */
export const handler = httpFunction(async (event) => {
  const given = event.queryStringParameters ?? {};
  const after = given.cursor === undefined ? undefined : decodeCursor(given.status, given.cursor);
  const { status, limit } = validate(listQuery, given);
  // One more than asked for tells whether there is a next page.
  const found = await database.run((session) => listOrders(session, { status, after, limit: limit + 1 }));
  const orders = found.slice(0, limit);
  const last = orders.at(-1);
  const nextCursor = found.length > limit && last !== undefined ? encodeCursor(status, last) : null;
  return { status: 200, body: { orders: orders.map(orderView), nextCursor } };
});
