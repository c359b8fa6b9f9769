import { isStatus, type Status } from "../api/types.ts";

/** Which orders the list shows. */
export interface Listing {
  readonly page: "orders";
  readonly status?: Status;
  readonly item?: string;
  /** Where the page of the list begins; absent on the first. */
  readonly cursor?: string;
  /** Which page of the list it is, from 1. */
  readonly number: number;
}

export type Route = Listing | { readonly page: "order"; readonly id: string };

export const firstPage: Listing = { page: "orders", number: 1 };

/** Reads `#/orders/<id>` or `#/orders?status=…&item=…&cursor=…&page=…`; anything else is the list of all. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?");
  const id = /^\/orders\/([^/]+)$/.exec(path)?.[1];
  if (id !== undefined) return { page: "order", id: decoded(id) };
  const parameters = new URLSearchParams(query);
  const status = parameters.get("status") ?? "";
  const item = parameters.get("item")?.trim();
  const cursor = parameters.get("cursor");
  return {
    page: "orders",
    ...(isStatus(status) && { status }),
    ...(item && { item }),
    ...(cursor && { cursor }),
    number: cursor ? Math.max(2, Number(parameters.get("page")) || 2) : 1,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The hash that leads to it. */
export function hrefOf(route: Route): string {
  if (route.page === "order") return `#/orders/${encodeURIComponent(route.id)}`;
  const { status, item, cursor, number } = route;
  const query = new URLSearchParams({
    ...(status && { status }),
    ...(item && { item }),
    ...(cursor && { cursor, page: String(number) }),
  }).toString();
  return query === "" ? "#/" : `#/orders?${query}`;
}
