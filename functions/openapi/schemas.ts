import * as z from "zod";
import { orderStatuses } from "../../core/domain/order.ts";
import { type ProblemKind, problemKinds } from "../../core/domain/problem.ts";
import { troubleCodes } from "../../core/domain/troubles.ts";

// What the handlers answer. The tests hold every answer of theirs against these.

const id = z
  .uuid()
  .meta({ description: "A UUIDv7: ids sort by creation.", examples: ["01a2090f-79ac-7a03-964f-3256223620c7"] });
const time = z.iso
  .datetime()
  .meta({ description: "RFC 3339, UTC, in milliseconds.", examples: ["2026-11-23T15:38:58.860Z"] });
const status = z.enum(orderStatuses).meta({ id: "OrderStatus", description: "Where an order is in its life." });
const attempt = z.int().min(0).meta({ description: "How many times a worker has claimed the order." });

const order = {
  id,
  item: z.string().meta({ examples: ["Laptop"] }),
  quantity: z
    .int()
    .min(1)
    .meta({ examples: [2] }),
  price: z
    .number()
    .min(0)
    .meta({ examples: [1299.99] }),
  status,
  attempt,
  createdAt: time,
  updatedAt: time,
  runAt: time.optional().meta({ description: "Not worked on before this time." }),
  completedAt: time.optional(),
  reason: z.string().optional().meta({ description: "The last failure." }),
};

export const orderSchema = z.strictObject(order).meta({ id: "Order" });

const historyEntry = z
  .strictObject({ status, attempt, at: time, reason: z.string().optional(), worker: z.string().optional() })
  .meta({ id: "HistoryEntry", description: "A state that the order entered, when, and why." });

export const orderWithHistorySchema = z
  .strictObject({ ...order, history: z.array(historyEntry) })
  .meta({ id: "OrderWithHistory", description: "An order and what happened to it, beginning with its creation." });

const sentence = z.string().min(1);

export const explanationSchema = z
  .strictObject({
    ...{ id, status },
    asOf: time.meta({ description: "The moment that this tells of." }),
    where: sentence.meta({ description: "Where the order is." }),
    next: sentence.meta({ description: "What comes next." }),
    nextAt: time.optional().meta({ description: "When that is, where it has a time." }),
    troubles: z
      .array(
        z.strictObject({
          code: z.enum(troubleCodes),
          detail: sentence.meta({ description: "What is amiss." }),
          fix: sentence.meta({ description: "What to do about it." }),
        }),
      )
      .meta({ description: "Empty when all is well." }),
  })
  .meta({ id: "Explanation", description: "Where an order is and why, in sentences." });

export const orderListSchema = z
  .strictObject({
    orders: z.array(orderSchema),
    nextCursor: z.string().nullable().meta({ description: "Leads to the next page; null at the end." }),
  })
  .meta({ id: "OrderList" });

export const problemSchema = z
  .strictObject({
    type: z.string().meta({ examples: ["urn:problem:orders:validation-failed"] }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "What is wrong with this request, and what to do about it." }),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().meta({ description: "A JSON Pointer as a URI fragment.", examples: ["#/price"] }),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: "Problem", description: "A problem document, RFC 9457." });

export const batchResultSchema = z
  .strictObject({
    results: z.array(
      z.union([
        z.strictObject({ status: z.literal(201), order: orderSchema, replayed: z.literal(true).optional() }),
        z.strictObject({ status: z.literal(422), problem: problemSchema }),
      ]),
    ),
  })
  .meta({ id: "BatchResult", description: "What became of each order, in the order in which they were sent." });

export const statsSchema = z
  .strictObject({
    counts: z.strictObject(Object.fromEntries(orderStatuses.map((name) => [name, z.int().min(0)]))),
    asOf: time.meta({ description: "When the orders were counted: at most 5 s ago." }),
    queueDepth: z.int().min(0).nullable().meta({ description: "Orders waiting in the queue; null without Redis." }),
    oldestPendingAgeMs: z.int().min(0).meta({ description: "How long the longest waiting order has been waiting." }),
    workers: z
      .array(z.strictObject({ id: z.string(), lastSeenAgoMs: z.int().min(0) }))
      .meta({ description: "Who reads the queue, and how long ago it last asked; empty without Redis." }),
    latencyMs: z
      .strictObject({ orders: z.int().min(1), p50: z.int().min(0), p95: z.int().min(0), p99: z.int().min(0) })
      .optional()
      .meta({
        description:
          "From creation, or `runAt`, to completion: of those among the newest 1,000 orders that are completed. Absent when none is.",
      }),
  })
  .meta({ id: "Stats" });

const check = z.enum(["ok", "unavailable"]);

export const healthSchema = z
  .strictObject({
    status: z.enum(["ok", "degraded", "unavailable"]),
    checks: z.strictObject({ mysql: check, redis: check }),
  })
  .meta({ id: "Health", description: "Degraded without Redis, when orders are taken but worked on later." });

/** A problem as an example in the document. */
export function problemExample(kind: ProblemKind, detail: string, errors?: { pointer: string; detail: string }[]) {
  const { status, title } = problemKinds[kind];
  return { type: `urn:problem:orders:${kind}`, title, status, detail, ...(errors !== undefined && { errors }) };
}
