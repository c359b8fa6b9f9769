import { signal } from "@preact/signals";
import { firstPage, hrefOf, type Listing, parseRoute, type Route } from "./route.ts";

/** What the address asks for. */
export const route = signal(parseRoute(location.hash));

/** The list that was seen last: where the way back from an order leads. */
export const lastListing = signal<Listing>(route.peek().page === "orders" ? (route.peek() as Listing) : firstPage);

window.addEventListener("hashchange", () => {
  const next = parseRoute(location.hash);
  if (next.page === "orders") lastListing.value = next;
  route.value = next;
});

export function go(to: Route): void {
  location.hash = hrefOf(to);
}
