// What the HTTP API answers, for those who ask it: the command line and the dashboard. functions/openapi/ documents it.

import type { OrderStatus } from "../domain/order.ts";

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

/** What is amiss with an order, and its cure. */
export interface Trouble {
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
}

/** What `GET /orders/{id}/why` answers. */
export interface Explanation {
  readonly id: string;
  readonly status: OrderStatus;
  readonly asOf: string;
  readonly where: string;
  readonly next: string;
  readonly nextAt?: string;
  readonly troubles: readonly Trouble[];
}

/** What `GET /stats` answers. */
export interface Stats {
  readonly counts: Readonly<Record<OrderStatus, number>>;
  /** When the orders were counted. */
  readonly asOf: string;
  /** Null while Redis is away. */
  readonly queueDepth: number | null;
  readonly oldestPendingAgeMs: number;
  /** Who reads the queue; none while Redis is away. */
  readonly workers: readonly WorkerSeen[];
  /** From creation to completion, of the orders among the newest ones that are completed; absent when none is. */
  readonly latencyMs?: { readonly orders: number; readonly p50: number; readonly p95: number; readonly p99: number };
}

/** A worker as the queue knows it. */
export interface WorkerSeen {
  readonly id: string;
  readonly lastSeenAgoMs: number;
}
