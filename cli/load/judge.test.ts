import { describe, expect, it } from "vitest";
import type { OrderWithHistory } from "../../core/api/documents.ts";
import type { OrderStatus } from "../../core/domain/order.ts";
import { judge } from "./judge.ts";

const sent = { item: "Load", quantity: 7, price: 1.06 };

const line = (status: OrderStatus, ms: number) => ({
  ...{ status, attempt: 1, at: new Date(Date.UTC(2026, 10, 23, 12) + ms).toISOString() },
});

function order(more: Partial<OrderWithHistory> = {}): OrderWithHistory {
  const history = [line("pending", 0), line("processing", 20), line("completed", 35)];
  const { at } = line("pending", 0);
  const id = "01a2090f-79ac-7a03-964f-3256223620c7";
  return { ...{ id, ...sent, status: "completed", attempt: 1, createdAt: at, updatedAt: at, history }, ...more };
}

it("an order that was completed once, as it was sent, is in order", () => {
  expect(judge(sent, order())).toEqual({ verdict: "completed", detail: "", toCompletedMs: 35 });
});

describe("amiss is", () => {
  it("one that is not there", () => expect(judge(sent, undefined).verdict).toBe("lost"));

  it.each([
    ["item", { item: "load" }, "item load instead of Load"],
    ["quantity", { quantity: 8 }, "quantity 8 instead of 7"],
    ["price", { price: 1.07 }, "price 1.07 instead of 1.06"],
  ])("another %s", (_, changed, detail) => expect(judge(sent, order(changed))).toEqual({ verdict: "changed", detail }));

  it("one that was completed twice", () => {
    const history = [...order().history, line("completed", 50)];
    expect(judge(sent, order({ history })).verdict).toBe("completedTwice");
  });

  it("one whose history does not know of its completion", () => {
    expect(judge(sent, order({ history: [line("pending", 0)] })).verdict).toBe("changed");
  });

  it.each([
    ["failed", "failed"],
    ["cancelled", "cancelled"],
    ["processing", "unfinished"],
    ["pending", "unfinished"],
    ["scheduled", "unfinished"],
  ] as const)("one that is %s", (status, verdict) => {
    expect(judge(sent, order({ status, history: [line(status, 0)], reason: "out of stock" })).verdict).toBe(verdict);
  });
});
