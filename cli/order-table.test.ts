import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import type { OrderDocument } from "../core/api/documents.ts";
import { orderTable } from "./order-table.ts";

const now = Date.parse("2026-11-23T12:00:00Z");
const order: OrderDocument = {
  ...{ id: "01a2090f-79ac-7a03-964f-3256223620c7", item: "A laptop with a long name", quantity: 1_000_000 },
  ...{ price: 9_999_999_999.99, status: "processing", attempt: 12 },
  ...{ createdAt: "2026-11-01T07:00:00.000Z", updatedAt: "2026-11-23T11:59:59.000Z" },
};

const lines = (width: number | undefined) => {
  const table = orderTable(width);
  return [table.head, table.row(order, now)].map(stripVTControlCharacters);
};

it("shows all of an order where there is no terminal", () => {
  const [head, row] = lines(undefined);
  expect(head?.split(/ +/)).toEqual(["id", "status", "attempt", "created", "quantity", "price", "item"]);
  expect(row?.split(/ {2,}/)).toEqual([
    ...[order.id, "processing", "12", "22 days ago", "1,000,000", "9,999,999,999.99", order.item],
  ]);
  expect(row?.indexOf(order.item)).toBe(head?.indexOf("item"));
});

it.each([200, 120, 100, 80, 66, 40, 20])("fits a terminal of %d columns, id first", (width) => {
  for (const line of lines(width)) expect(line.length).toBeLessThanOrEqual(Math.max(width, 36 + 2 + 4));
  expect(lines(width)[1]).toMatch(/^01a2090f-79ac-7a03-964f-3256223620c7 {2}\S/);
});
