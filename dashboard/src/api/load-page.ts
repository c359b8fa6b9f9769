import type { ListQuery } from "./client.ts";
import type { Order, OrderList } from "./types.ts";

/** How many orders a page of the list has. */
const pageSize = 25;

/** A search looks at a bounded number of rows for each request: so many are sent for one page. */
const maxRequests = 8;

export interface Page {
  readonly orders: readonly Order[];
  /** Where it goes on; null at the end. */
  readonly nextCursor: string | null;
  /** Whether the search was broken off before the page was full: there may be more. */
  readonly isPartial: boolean;
}

/**
 * Reads a page. A search may answer with few orders or none while there are more to look at: it is asked on.
 *
 * @param ask the API's list
 */
export async function loadPage(
  { status, item, cursor }: Omit<ListQuery, "limit">,
  ask: (query: ListQuery) => Promise<OrderList>,
): Promise<Page> {
  const orders: Order[] = [];
  let nextCursor: string | null = cursor ?? null;
  for (let requests = 0; requests < maxRequests; requests++) {
    const limit = pageSize - orders.length;
    const answer = await ask({ status, item, cursor: nextCursor ?? undefined, limit });
    orders.push(...answer.orders);
    nextCursor = answer.nextCursor;
    if (nextCursor === null || orders.length >= pageSize) return { orders, nextCursor, isPartial: false };
  }
  return { orders, nextCursor, isPartial: true };
}
