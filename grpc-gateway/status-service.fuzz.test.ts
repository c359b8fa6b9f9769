import { status } from "@grpc/grpc-js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createOrders } from "../core/db/create-orders.ts";
import { createBirths } from "../core/domain/identity.ts";
import { newOrder, type Order } from "../core/domain/order.ts";
import {
  OrderStatus,
  type OrderStatusUpdate,
  Outcome,
  RejectionReason,
  UpdateOrderStatusRequest,
} from "../core/gen/orders/v1/orders.ts";
import { fuzzing, fuzzTimeout } from "../test/harness/fuzz.ts";
import { storedHistory, storedState, storeOrders } from "../test/harness/orders.ts";
import { useRawGateway } from "../test/harness/raw-gateway.ts";
import { address, anyDraft, anyDrafts, Expectation, onTheWire, storeFewOrders } from "../test/harness/updates.ts";
import { parseUpdate } from "./wire.ts";

const gateway = useRawGateway();

/** The rows are as expected, each with a history that leads to where it is. */
async function expectStored({ states }: Expectation): Promise<void> {
  for (const [id, { status, attempt, failures, version, workerId, attemptEnd, reason }] of states) {
    const expected = { status, attempt, failures, version, workerId, attemptEnd, reason };
    expect(await storedState(gateway.database, id)).toMatchObject(expected);
    const history = await storedHistory(gateway.database, id);
    expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: version }, (_, index) => index + 1));
    expect(history.filter((line) => line.status === "completed").length).toBe(status === "completed" ? 1 : 0);
    expect(history.filter((line) => line.status === "processing").length).toBe(attempt);
    if (version > 0) expect(history.at(-1)).toMatchObject({ status, attempt });
    for (const line of history) expect(Array.from(line.reason ?? "").length).toBeLessThanOrEqual(1_000);
  }
}

test(
  "whatever updates a batch holds, they do what they do one by one",
  async () => {
    /** The reasons of rejections, and below zero the other outcomes. */
    const seen = new Set<number>();
    // In two batches, so that the second finds the orders in different places.
    const property = fc.asyncProperty(anyDrafts, anyDrafts, async (first, second) => {
      const orders = await storeFewOrders(gateway.database);
      const batches = [address(first, orders), address(second, orders)];
      const updates = batches.flat();
      const expectation = new Expectation(orders);
      const expected = updates.map(onTheWire).map((update) => {
        return { orderId: update.orderId, ...expectation.next(parseUpdate(update)) };
      });
      const results = [];
      for (const batch of batches) results.push(...(await gateway.caller.sendBatch(batch)));
      expect(
        results.map(({ orderId, outcome, rejectionReason, status, attempt }) => {
          return { orderId, outcome, rejectionReason, status, attempt };
        }),
      ).toEqual(expected);
      expect(results.filter(({ outcome, detail }) => (outcome === Outcome.REJECTED) !== (detail !== ""))).toEqual([]);
      await expectStored(expectation);
      for (const { outcome, rejectionReason } of results) seen.add(rejectionReason || -outcome);
    });
    await fc.assert(property, fuzzing(60));
    const { UNSPECIFIED: _, ...reasons } = RejectionReason;
    expect(seen).toEqual(new Set([-Outcome.APPLIED, -Outcome.DUPLICATE, ...Object.values(reasons)]));
    await gateway.expectNothingBroken();
  },
  fuzzTimeout(60_000),
);

test(
  "whatever the call for one update holds, its status tells what became of it",
  async () => {
    const codes: { readonly [reason: number]: status } = {
      [RejectionReason.INVALID]: status.INVALID_ARGUMENT,
      [RejectionReason.NOT_FOUND]: status.NOT_FOUND,
    };
    const [order] = await storeOrders(gateway.database, 1);
    const expectation = new Expectation([order!]);
    const property = fc.asyncProperty(anyDraft(1), async (draft) => {
      const [update] = address([draft], [order!]);
      const { outcome, rejectionReason } = expectation.next(parseUpdate(onTheWire(update!)));
      const isRejected = outcome === Outcome.REJECTED;
      const { code, details } = await gateway.caller.send(
        "UpdateOrderStatus",
        UpdateOrderStatusRequest.encode({ update }).finish(),
      );
      expect(code).toBe(isRejected ? (codes[rejectionReason] ?? status.FAILED_PRECONDITION) : status.OK);
      expect(details !== "").toBe(isRejected);
    });
    await fc.assert(property, fuzzing(100));
    await expectStored(expectation);
    await gateway.expectNothingBroken();
  },
  fuzzTimeout(60_000),
);

describe("a batch at its bounds", () => {
  const claim = ({ id }: Order): OrderStatusUpdate => {
    const asked = { status: OrderStatus.PROCESSING, attempt: 0, workerId: "alice", reason: "", retryable: false };
    return { ...asked, orderId: id, holdLimit: 0 };
  };

  test("may hold 5,000 updates about one order", async () => {
    const [order] = await storeOrders(gateway.database, 1);
    const results = await gateway.caller.sendBatch(Array.from({ length: 5_000 }, () => claim(order!)));
    expect(results.map(({ outcome }) => outcome)).toEqual([
      Outcome.APPLIED,
      ...Array.from({ length: 4_999 }, () => Outcome.DUPLICATE),
    ]);
    expect(await storedHistory(gateway.database, order!.id)).toHaveLength(1);
  });

  test("may hold a thousand long reasons, each another; they are cut", async () => {
    const birth = createBirths(Date.now);
    const orders = Array.from({ length: 1_000 }, () => {
      const { id, createdAt } = birth();
      return newOrder(id, { item: "Laptop", quantity: 2, priceCents: 129_999, runAt: null }, createdAt);
    });
    await gateway.database.run((session) =>
      createOrders(
        session,
        orders.map((order) => ({ order })),
      ),
    );
    await gateway.caller.sendBatch(orders.map(claim));
    const reasonOf = (index: number) => `${index} ${"🙂".repeat(2_000)}`;
    const failures = orders.map((order, index) => {
      return { ...claim(order), status: OrderStatus.FAILED, attempt: 1, reason: reasonOf(index), retryable: true };
    });
    const results = await gateway.caller.sendBatch(failures);
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set([Outcome.APPLIED]));
    const { reason } = await storedState(gateway.database, orders[999]!.id);
    expect(reason).toBe(Array.from(reasonOf(999)).slice(0, 1_000).join(""));
  });
});
