import fc from "fast-check";
import type { Database } from "../../core/db/database.ts";
import { expiryPrefix } from "../../core/domain/hold-limit.ts";
import type { Order, OrderState } from "../../core/domain/order.ts";
import { decideUpdate } from "../../core/domain/status-update.ts";
import { OrderStatus, type OrderStatusUpdate, Outcome, RejectionReason } from "../../core/gen/orders/v1/orders.ts";
import type { ParsedUpdate } from "../../grpc-gateway/wire.ts";
import { testPolicy } from "./gateway.ts";
import { rows, storeOrders } from "./orders.ts";

/** An update before it is known which orders there are: those are numbered. */
export type Draft = Omit<OrderStatusUpdate, "orderId"> & { readonly orderId: string | number };

/** Texts of all kinds, with unpaired surrogates among them. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
  fc.constantFrom("", "\0", "'; DROP TABLE orders; --", "\\", "\uD800", "\uFEFF", "?", "NaN"),
);

/** Reasons around and beyond the 1,000 characters that are kept. */
const anyReason = fc.oneof(
  anyText,
  fc
    .tuple(fc.constantFrom("🙂", "é", "x", "\0", "'", "\n", "\uDC00"), fc.integer({ min: 998, max: 3_000 }), anyText)
    .map(([unit, length, rest]) => unit.repeat(length) + rest),
);

const sensibleStatus = fc.constantFrom<OrderStatus>(
  OrderStatus.PROCESSING,
  OrderStatus.PROCESSING,
  OrderStatus.COMPLETED,
  OrderStatus.FAILED,
  OrderStatus.PENDING,
);
const anyStatus = fc.oneof(fc.integer({ min: -1, max: 8 }), fc.integer()) as fc.Arbitrary<OrderStatus>;

/** Updates that are mostly sensible and about a few orders, so that much is applied, and in part anything at all. */
export function anyDraft(orders: number): fc.Arbitrary<Draft> {
  return fc.record<Draft>({
    orderId: fc.oneof(
      { weight: 12, arbitrary: fc.nat(orders - 1) },
      { weight: 1, arbitrary: fc.uuid() },
      { weight: 1, arbitrary: anyText },
    ),
    status: fc.oneof({ weight: 12, arbitrary: sensibleStatus }, { weight: 1, arbitrary: anyStatus }),
    attempt: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(0, 0, 1, 1, 2, 3) },
      { weight: 1, arbitrary: fc.nat(0xffff_ffff) },
      { weight: 1, arbitrary: fc.constant(0xffff_ffff) },
    ),
    workerId: fc.oneof(
      { weight: 12, arbitrary: fc.constant("alice") },
      { weight: 4, arbitrary: fc.constant("bob") },
      { weight: 1, arbitrary: anyText },
    ),
    reason: anyReason,
    retryable: fc.boolean(),
    holdLimit: fc.oneof(fc.constantFrom(0, 1, 10, 1_000), fc.nat(0xffff_ffff)),
  });
}

/** How many orders the updates of a batch are about. */
const ordersInPlay = 4;

/** The updates of a batch about orders of {@link storeFewOrders}. */
export const anyDrafts = fc.array(anyDraft(ordersInPlay), { maxLength: 40, size: "max" });

/** Two new orders, one that was lost with its worker, and a cancelled one: what {@link anyDrafts} is about. */
export async function storeFewOrders(database: Database): Promise<Order[]> {
  const orders = await storeOrders(database, ordersInPlay);
  return Promise.all(
    orders.map(async (order, index) => {
      const change = changes[index];
      if (change === undefined) return order;
      const { status, due_at: dueAt, failures, reason } = { ...columnsOf(order), ...change };
      await rows(database, "UPDATE orders SET ? WHERE id = UUID_TO_BIN(?)", [change, order.id]);
      return { ...order, status, dueAt, failures, reason };
    }),
  );
}

const columnsOf = ({ status, dueAt, failures, reason }: Order) => ({ status, due_at: dueAt, failures, reason });

/** What is different from a new order, by the order's number. */
const changes: Readonly<Record<number, Partial<ReturnType<typeof columnsOf>>>> = {
  2: { failures: 3, reason: `${expiryPrefix}worker carol was not heard of` },
  3: { status: "cancelled", due_at: null },
};

/** The updates about these orders; every other one writes its id in upper case. */
export function address(drafts: readonly Draft[], orders: readonly Order[]): OrderStatusUpdate[] {
  return drafts.map((draft, index) => {
    if (typeof draft.orderId === "string") return { ...draft, orderId: draft.orderId };
    const id = orders[draft.orderId]?.id ?? "";
    return { ...draft, orderId: index % 2 === 0 ? id : id.toUpperCase() };
  });
}

/** What the wire makes of an update: UTF-8 has no unpaired surrogates. */
export function onTheWire({ orderId, workerId, reason, ...update }: OrderStatusUpdate): OrderStatusUpdate {
  return {
    ...update,
    orderId: orderId.toWellFormed(),
    workerId: workerId.toWellFormed(),
    reason: reason.toWellFormed(),
  };
}

/** What of a result is expected. */
export interface ExpectedResult {
  readonly outcome: Outcome;
  readonly rejectionReason: RejectionReason;
  readonly status: OrderStatus;
  readonly attempt: number;
}

/** What becomes of orders when updates are applied one by one, as the pure decision says. */
export class Expectation {
  readonly states: Map<string, OrderState>;

  constructor(orders: readonly Order[]) {
    this.states = new Map(orders.map((order) => [order.id, order]));
  }

  /** The result of the next update. */
  next(parsed: ParsedUpdate): ExpectedResult {
    if ("invalid" in parsed) return rejected(RejectionReason.INVALID);
    const state = this.states.get(parsed.orderId);
    if (state === undefined) return rejected(RejectionReason.NOT_FOUND);
    const decision = decideUpdate(state, parsed.update, new Date(), testPolicy);
    if (decision.outcome === "rejected") {
      const reason = decision.rejection.toUpperCase() as keyof typeof RejectionReason;
      return rejected(RejectionReason[reason], state);
    }
    const after = decision.state ?? state;
    this.states.set(parsed.orderId, after);
    const outcome = decision.outcome === "applied" ? Outcome.APPLIED : Outcome.DUPLICATE;
    return { outcome, rejectionReason: RejectionReason.UNSPECIFIED, ...whereIs(after) };
  }
}

function rejected(rejectionReason: RejectionReason, state?: OrderState): ExpectedResult {
  return { outcome: Outcome.REJECTED, rejectionReason, ...whereIs(state) };
}

function whereIs(state: OrderState | undefined): { status: OrderStatus; attempt: number } {
  if (state === undefined) return { status: OrderStatus.UNSPECIFIED, attempt: 0 };
  return { status: OrderStatus[state.status.toUpperCase() as keyof typeof OrderStatus], attempt: state.attempt };
}
