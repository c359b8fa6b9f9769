import { apiKey, isKeyWanted } from "../state/session.ts";
import { errorOf, unreachable } from "./errors.ts";
import type { BatchResult, Health, NewOrder, Order, OrderList, OrderWithHistory, Stats, Status, Why } from "./types.ts";

/** No answer for so long is none, in milliseconds. The API itself gives MySQL up after 2 s. */
const timeoutMs = 8_000;

interface Options {
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Other statuses than 2xx that are answers as well. */
  readonly accept?: readonly number[];
}

/** Relative to the page, so that it does not matter under which path the API is. */
async function request<T>(path: string, options: Options = {}): Promise<T> {
  const { method = "GET", body, signal, accept = [] } = options;
  const key = apiKey.value;
  const timeout = AbortSignal.timeout(timeoutMs);
  const response = await fetch(path, {
    method,
    // The browser sends the ETag that it has, and makes the answer out of a 304.
    cache: method === "GET" ? "no-cache" : "no-store",
    credentials: "omit",
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    headers: {
      ...(key !== undefined && { Authorization: `Bearer ${key}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...options.headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw signal?.aborted ? cause : unreachable(cause);
  });
  if (response.status === 401) isKeyWanted.value = key === undefined ? "missing" : "refused";
  if (!response.ok && !accept.includes(response.status)) throw await errorOf(response);
  // The types are those of the API's own document, which its tests hold every answer against.
  return response.json().catch((cause: unknown) => {
    throw unreachable(cause);
  });
}

const orderPath = (id: string) => `orders/${encodeURIComponent(id)}`;

export function getStats(signal: AbortSignal): Promise<Stats> {
  return request("stats", { signal });
}

export function getHealth(signal: AbortSignal): Promise<Health> {
  return request("health", { signal, accept: [503] });
}

export interface ListQuery {
  readonly status?: Status | undefined;
  readonly item?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export function listOrders(query: ListQuery, signal: AbortSignal): Promise<OrderList> {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return request(`orders?${new URLSearchParams(given)}`, { signal });
}

export function getOrder(id: string, signal: AbortSignal): Promise<OrderWithHistory> {
  return request(orderPath(id), { signal });
}

export function getWhy(id: string, signal: AbortSignal): Promise<Why> {
  return request(`${orderPath(id)}/why`, { signal });
}

/** @param key makes it safe to send the same order again */
export function postOrder(order: NewOrder, key: string): Promise<Order> {
  return request("orders", { method: "POST", body: order, headers: { "Idempotency-Key": key } });
}

export function postBatch(orders: readonly (NewOrder & { readonly idempotencyKey: string })[]): Promise<BatchResult> {
  return request("orders/batch", { method: "POST", body: { orders } });
}

export function cancelOrder(id: string): Promise<Order> {
  return request(`${orderPath(id)}/cancel`, { method: "POST" });
}

export function redriveOrder(id: string): Promise<Order> {
  return request(`${orderPath(id)}/redrive`, { method: "POST" });
}
