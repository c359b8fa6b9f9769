import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OrderStatus, orderStatuses } from "../../core/domain/order.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";

const id = "019aac53-1234-7000-8000-0123456789ab";
const byDueTime = new Set<OrderStatus>(["scheduled", "pending", "processing"]);

/** A cursor with a right hash around whatever due time, as somebody who read the source could make it. */
function forged(dueTime: bigint): string {
  const content = Buffer.from(encodeCursor({ status: "pending" }, { id, dueAt: new Date(0) }), "base64url").subarray(
    0,
    25,
  );
  content.writeBigInt64BE(dueTime, 1);
  const hash = createHash("sha256").update(content).digest().subarray(0, 4);
  return Buffer.concat([content, hash]).toString("base64url");
}

describe("a cursor", () => {
  it("stands for the position that it was made of", () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.nat(4_000_000_000_000),
        fc.constantFrom(undefined, ...orderStatuses),
        fc.constantFrom(undefined, "laptop"),
        (id, ms, status, item) => {
          const dueAt = status !== undefined && byDueTime.has(status) ? new Date(ms) : null;
          expect(decodeCursor({ status, item }, encodeCursor({ status, item }, { id, dueAt }))).toEqual({ id, dueAt });
        },
      ),
    );
  });

  it("needs no escaping in a URL", () => {
    expect(encodeCursor({ status: "pending" }, { id, dueAt: new Date(4_102_444_800_000) })).toMatch(/^[\w-]+$/);
  });

  it("of a search is for the same text alone, whatever spaces are around it", () => {
    const cursor = encodeCursor({ item: "laptop" }, { id, dueAt: null });
    expect(decodeCursor({ item: " laptop " }, cursor)).toEqual({ id, dueAt: null });
    for (const item of [undefined, "lapto", "Laptop"]) {
      expect(() => decodeCursor({ item }, cursor)).toThrow("The cursor belongs to a list with another item");
    }
    const plain = encodeCursor({}, { id, dueAt: null });
    expect(() => decodeCursor({ item: "laptop" }, plain)).toThrow("The cursor belongs to a list with another item");
  });

  it.each([
    ["before the Unix epoch", -1n],
    ["after the year 9999", 253_402_300_800_000n],
    ["that no Date can hold", 8_640_000_000_000_001n],
    ["of all ones", 2n ** 63n - 1n],
    ["of the lowest number", -(2n ** 63n)],
  ])("with a due time %s, which MySQL would refuse, is refused", (_name, dueTime) => {
    expect(() => decodeCursor({ status: "pending" }, forged(dueTime))).toThrow("The cursor is damaged");
  });

  it("with any other due time is taken: it only says where to read on", () => {
    expect(decodeCursor({ status: "pending" }, forged(1_000n))).toEqual({ id, dueAt: new Date(1_000) });
  });
});
