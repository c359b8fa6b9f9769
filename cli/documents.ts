import type { OrderStatus } from "../core/domain/order.ts";

/** A line of an order's history, as the API answers it. Times are RFC 3339 in UTC. */
export interface HistoryLine {
  readonly status: OrderStatus;
  readonly attempt: number;
  readonly at: string;
  readonly reason?: string;
  readonly worker?: string;
}

/** An order, as the API answers it. */
export interface OrderDocument {
  readonly id: string;
  readonly item: string;
  readonly quantity: number;
  readonly price: number;
  readonly status: OrderStatus;
  readonly attempt: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly runAt?: string;
  readonly completedAt?: string;
  readonly reason?: string;
}

/** What `GET /orders/{id}` answers. */
export interface OrderWithHistory extends OrderDocument {
  readonly history: readonly HistoryLine[];
}

/** What `GET /orders` answers. */
export interface OrderPage {
  readonly orders: readonly OrderDocument[];
  readonly nextCursor: string | null;
}

/** What `GET /orders/{id}/why` answers. */
export interface Explanation {
  readonly id: string;
  readonly status: OrderStatus;
  readonly asOf: string;
  readonly where: string;
  readonly next: string;
  readonly nextAt?: string;
  readonly troubles: readonly { readonly code: string; readonly detail: string; readonly fix: string }[];
}

/** What `GET /stats` answers. The queue and the workers are not known while Redis is away. */
export interface Stats {
  readonly counts: Readonly<Record<OrderStatus, number>>;
  readonly asOf: string;
  readonly oldestPendingAgeMs: number | null;
  readonly queueDepth?: number | null;
  readonly workers?: readonly { readonly id: string; readonly lastSeenAgoMs: number }[];
  readonly latencyMs?: { readonly orders: number; readonly p50: number; readonly p95: number; readonly p99: number };
}
