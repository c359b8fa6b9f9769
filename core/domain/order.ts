/** Where an order is in its life. The order of the list is the order of the MySQL ENUM: append only. */
export const orderStatuses = ["scheduled", "pending", "processing", "completed", "failed", "cancelled"] as const;
export type OrderStatus = (typeof orderStatuses)[number];

/** Whether nothing happens any more by itself in a status: it has no {@link OrderState.dueAt}. */
const isEnd: { readonly [S in OrderStatus]: boolean } = {
  scheduled: false,
  pending: false,
  processing: false,
  completed: true,
  failed: true,
  cancelled: true,
};

/** The statuses in which nothing happens any more by itself. */
export const endedStatuses: ReadonlySet<OrderStatus> = new Set(orderStatuses.filter((status) => isEnd[status]));

/** How an order's latest attempt ended. */
export const attemptEnds = ["completed", "failed", "released", "expired"] as const;
export type AttemptEnd = (typeof attemptEnds)[number];

/** What a customer ordered: fixed when the order is created. */
export interface OrderContent {
  readonly item: string;
  readonly quantity: number;
  /** In cents: exact up to 999,999,999,999. */
  readonly priceCents: number;
  /** When the order may be worked on at the earliest; null = at once. */
  readonly runAt: Date | null;
}

/** What changes in an order's life. Only a transition makes a new one. */
export interface OrderState {
  readonly status: OrderStatus;
  /** Claims so far. It only ever grows: it is the fencing token of whoever holds the order. */
  readonly attempt: number;
  /** Failed attempts and expired leases since the creation or the last redrive. */
  readonly failures: number;
  /** State changes so far: equal to the number of the order's history entries. */
  readonly version: number;
  /** When the order is due by its status: enqueued again, taken back from its worker; null when it has ended. */
  readonly dueAt: Date | null;
  /** Who made the latest claim. */
  readonly workerId: string | null;
  /** How the latest attempt ended; null while it runs and before the first. */
  readonly attemptEnd: AttemptEnd | null;
  /** The last failure, at most {@link maxReasonLength} characters. */
  readonly reason: string | null;
  readonly updatedAt: Date;
  readonly completedAt: Date | null;
}

/** An order as it is stored. */
export interface Order extends OrderContent, OrderState {
  /** A UUIDv7 (RFC 9562 section 5.7), so that the order of ids is the order of creation. */
  readonly id: string;
  readonly createdAt: Date;
}

/** One line of an order's history: the state it entered, and why. */
export interface HistoryEntry {
  /** 1 for the first change; equal to the {@link OrderState.version} that it made. */
  readonly seq: number;
  readonly status: OrderStatus;
  readonly attempt: number;
  readonly at: Date;
  readonly reason: string | null;
  /** The worker that caused the change, or that lost the order. */
  readonly workerId: string | null;
}

/** Longer reasons are cut: one that does not fit its column would fail a whole batch (MySQL error 1406). */
export const maxReasonLength = 1_000;

/** Cuts a reason to {@link maxReasonLength} Unicode code points, as MySQL counts them. */
export function cutReason(reason: string): string {
  if (reason.length <= maxReasonLength) return reason;
  return Array.from(reason).slice(0, maxReasonLength).join("");
}

/** A new order as it is stored at creation: scheduled when it may only run later, pending otherwise. */
export function newOrder(id: string, content: OrderContent, createdAt: Date): Order {
  return {
    ...content,
    id,
    createdAt,
    updatedAt: createdAt,
    completedAt: null,
    status: content.runAt === null ? "pending" : "scheduled",
    dueAt: content.runAt ?? createdAt,
    attempt: 0,
    failures: 0,
    version: 0,
    workerId: null,
    attemptEnd: null,
    reason: null,
  };
}
