import type { Session } from "../core/db/database.ts";
import { listOrders, type Page, type Searched, searchOrders } from "../core/db/list-orders.ts";
import { decodeCursor, encodeCursor } from "./http/cursor.ts";
import { listQuery } from "./http/list-query.ts";
import { orderView } from "./http/order-view.ts";
import { httpFunction } from "./http/stack.ts";
import { validate } from "./http/validate.ts";
import { database } from "./runtime.ts";

/** `GET /orders`: a page of orders, and the cursor of the next. */
export const handler = httpFunction(async (event) => {
  const given = event.queryStringParameters ?? {};
  const after = given.cursor === undefined ? undefined : decodeCursor(given, given.cursor);
  const { status, item, limit } = validate(listQuery, given);
  const page = { status, after, limit };
  const { orders, end } = await database.run((session) =>
    item === undefined ? list(session, page) : searchOrders(session, { ...page, item }),
  );
  const nextCursor = end === null ? null : encodeCursor({ status, item }, end);
  return { status: 200, body: { orders: orders.map(orderView), nextCursor } };
});

async function list(session: Session, page: Page): Promise<Searched> {
  // One more than asked for tells whether there is a next page.
  const found = await listOrders(session, { ...page, limit: page.limit + 1 });
  const orders = found.slice(0, page.limit);
  return { orders, end: found.length > page.limit ? (orders.at(-1) ?? null) : null };
}
