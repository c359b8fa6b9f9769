import type { NewOrder } from "./api/types.ts";

const goods = [
  { item: "Laptop 14 inch", price: 1_299.99 },
  { item: "Mechanical keyboard", price: 89.5 },
  { item: "Wireless mouse", price: 24.9 },
  { item: "USB-C dock", price: 159 },
  { item: "Monitor 27 inch", price: 349.95 },
  { item: "Noise-cancelling headphones", price: 219 },
  { item: "Webcam 1080p", price: 64.99 },
  { item: "Standing desk", price: 549 },
  { item: "Desk lamp", price: 39.95 },
  { item: "Office chair", price: 289 },
  { item: "Notebook A5, dotted", price: 6.5 },
  { item: "Ballpoint pens, box of 12", price: 9.8 },
] as const;

/** Orders to try the system with, each with an idempotency key of its own. */
export function sampleOrders(count: number): readonly (NewOrder & { readonly idempotencyKey: string })[] {
  const batch = randomKey();
  return Array.from({ length: count }, (_, index) => {
    const { item, price } = goods[Math.floor(Math.random() * goods.length)] ?? goods[0];
    return { item, price, quantity: 1 + Math.floor(Math.random() * 5), idempotencyKey: `${batch}-${index}` };
  });
}

/** A key that nobody else has. Not randomUUID, which browsers have for pages of HTTPS and of this machine only. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
