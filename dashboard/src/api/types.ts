/** The statuses of an order, in the order in which it goes through them. */
export const statuses = ["scheduled", "pending", "processing", "completed", "failed", "cancelled"] as const;
export type Status = (typeof statuses)[number];

export function isStatus(text: string): text is Status {
  return (statuses as readonly string[]).includes(text);
}

/** The statuses in which nothing happens any more by itself. */
export const endedStatuses: ReadonlySet<Status> = new Set(["completed", "failed", "cancelled"]);

export interface Order {
  readonly id: string;
  readonly item: string;
  readonly quantity: number;
  readonly price: number;
  readonly status: Status;
  readonly attempt: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly runAt?: string;
  readonly completedAt?: string;
  readonly reason?: string;
}

export interface HistoryEntry {
  readonly status: Status;
  readonly attempt: number;
  readonly at: string;
  readonly reason?: string;
  readonly worker?: string;
}

export interface OrderWithHistory extends Order {
  readonly history: readonly HistoryEntry[];
}

export interface OrderList {
  readonly orders: readonly Order[];
  readonly nextCursor: string | null;
}

export interface NewOrder {
  readonly item: string;
  readonly quantity: number;
  readonly price: number;
  readonly runAt?: string;
}

export interface Worker {
  readonly id: string;
  readonly lastSeenAgoMs: number;
}

/** In milliseconds, of the orders among the newest ones that are completed. */
interface Latency {
  readonly orders: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Stats {
  readonly counts: Readonly<Record<Status, number>>;
  readonly asOf: string;
  /** Null while Redis is away. */
  readonly queueDepth: number | null;
  readonly oldestPendingAgeMs: number;
  readonly workers: readonly Worker[];
  readonly latencyMs?: Latency;
}

/** What is amiss with an order, and its cure. */
export interface Trouble {
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
}

export interface Why {
  readonly id: string;
  readonly status: Status;
  readonly asOf: string;
  readonly where: string;
  readonly next: string;
  readonly troubles: readonly Trouble[];
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
  readonly results: readonly ({ readonly status: 201; readonly order: Order } | { readonly status: number })[];
}
