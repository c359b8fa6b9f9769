import { expect, it } from "vitest";
import type { ListQuery } from "./client.ts";
import { loadPage } from "./load-page.ts";
import type { Order } from "./types.ts";

const time = "2026-11-28T12:00:00.000Z";
const order = (id: string): Order => ({
  ...{ id, item: "Lamp", quantity: 1, price: 1, status: "completed", attempt: 1, createdAt: time, updatedAt: time },
});

/** A list of so many orders a request: the cursor is the number of the next. Keeps what it was asked. */
function list(counts: readonly number[]) {
  const asked: ListQuery[] = [];
  const ask = async (query: ListQuery) => {
    asked.push(query);
    const number = Number(query.cursor ?? 0);
    const orders = Array.from({ length: counts[number] ?? 0 }, (_, index) => order(`${number}-${index}`));
    return { orders, nextCursor: number + 1 < counts.length ? String(number + 1) : null };
  };
  return { asked, ask };
}

it("a page that is full is read with one request", async () => {
  const { asked, ask } = list([25, 25]);
  const page = await loadPage({ status: "completed" }, ask);
  expect([page.orders.length, page.nextCursor, page.isPartial]).toEqual([25, "1", false]);
  expect(asked).toEqual([{ status: "completed", item: undefined, cursor: undefined, limit: 25 }]);
});

it("a search that finds little is asked on until its page is full, and for no more than what is missing", async () => {
  const { asked, ask } = list([10, 0, 15, 3]);
  const page = await loadPage({ item: "lamp" }, ask);
  expect([page.orders.length, page.nextCursor, page.isPartial]).toEqual([25, "3", false]);
  expect(asked.map(({ cursor, limit }) => [cursor, limit])).toEqual([
    [undefined, 25],
    ["1", 15],
    ["2", 15],
  ]);
});

it("a search that comes to the end says so", async () => {
  const page = await loadPage({ item: "lamp", cursor: "1" }, list([9, 0, 2]).ask);
  expect([page.orders.map(({ id }) => id), page.nextCursor, page.isPartial]).toEqual([["2-0", "2-1"], null, false]);
});

it("a search that finds nothing for long is broken off, and can be gone on with", async () => {
  const { asked, ask } = list(Array.from({ length: 50 }, () => 0));
  const page = await loadPage({ item: "lamp" }, ask);
  expect([page.orders.length, page.nextCursor, page.isPartial]).toEqual([0, "8", true]);
  expect(asked).toHaveLength(8);
});
