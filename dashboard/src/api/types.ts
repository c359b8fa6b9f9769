import type { OrderDocument } from "../../../core/api/documents.ts";
import { type OrderStatus, orderStatuses } from "../../../core/domain/order.ts";

export type {
  Explanation as Why,
  HistoryLine as HistoryEntry,
  OrderDocument as Order,
  OrderPage as OrderList,
  OrderWithHistory,
  Stats,
  Trouble,
  WorkerSeen as Worker,
} from "../../../core/api/documents.ts";
export { endedStatuses, type OrderStatus as Status, orderStatuses as statuses } from "../../../core/domain/order.ts";

export function isStatus(text: string): text is OrderStatus {
  return (orderStatuses as readonly string[]).includes(text);
}

export interface NewOrder {
  readonly item: string;
  readonly quantity: number;
  readonly price: number;
  readonly runAt?: string;
}

export interface Health {
  readonly status: "ok" | "degraded" | "unavailable";
  readonly checks: { readonly mysql: "ok" | "unavailable"; readonly redis: "ok" | "unavailable" };
}

export interface FieldError {
  /** A JSON Pointer as a URI fragment, such as `#/price`. */
  readonly pointer: string;
  readonly detail: string;
}

/** A problem document, RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
}

export interface BatchResult {
  readonly results: readonly ({ readonly status: 201; readonly order: OrderDocument } | { readonly status: number })[];
}
