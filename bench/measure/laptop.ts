import { createBirths } from "../../core/domain/identity.ts";
import { newOrder, type Order } from "../../core/domain/order.ts";

/** What is ordered, wherever orders are posted. */
export const laptopBody = JSON.stringify({ item: "Laptop", quantity: 2, price: 1299.99 });

const nextBirth = createBirths(Date.now);

/** The same as an order that is about to be stored. */
export function laptop(): Order {
  const { id, createdAt } = nextBirth();
  return newOrder(id, { item: "Laptop", quantity: 2, priceCents: 129_999, runAt: null }, createdAt);
}
