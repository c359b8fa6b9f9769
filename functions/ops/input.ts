import * as z from "zod";

const operations = ["migrate", "redrive", "doctor", "archive"] as const;

/** What the function was asked for is not possible as asked. */
export class InvalidOperation extends Error {
  override readonly name = "InvalidOperation";
}

const orderId = z.guid("expected an order's id, a UUID").toLowerCase();

const schemas = {
  migrate: z.strictObject({ operation: z.literal("migrate") }),
  doctor: z.strictObject({ operation: z.literal("doctor") }),
  redrive: z
    .strictObject({
      operation: z.literal("redrive"),
      /** These orders, and no others. */
      ids: z.array(orderId).min(1, "expected an id at least").max(1_000, "expected 1,000 ids at most").optional(),
      /** Only orders that failed then or later; all failed orders when absent. */
      failedSince: z.iso
        .datetime({ offset: true, error: "expected an RFC 3339 time such as 2026-11-23T12:00:00Z" })
        .optional(),
      /** How many orders to redrive in this invocation. */
      limit: count(1_000, 10_000),
      /** Where an earlier invocation ended. */
      after: orderId.optional(),
    })
    .refine(
      ({ ids, failedSince, after }) => ids === undefined || (failedSince === undefined && after === undefined),
      "expected either ids, or failedSince with limit and after",
    ),
  archive: z.strictObject({
    operation: z.literal("archive"),
    /** Orders that were completed longer ago. */
    olderThanDays: z
      .int("expected whole days")
      .min(1, "expected 1 day at least")
      .max(36_500, "expected 36,500 at most"),
    /** How many orders to archive in this invocation. */
    limit: count(10_000, 100_000),
    /** Where an earlier invocation ended. */
    cursor: orderId.optional(),
  }),
} as const;

/** A request to the `ops` function, valid. */
export type OperationInput = { [O in keyof typeof schemas]: z.output<(typeof schemas)[O]> }[keyof typeof schemas];

/**
 * Checks what the function was invoked with.
 *
 * @throws {InvalidOperation} with all that is wrong and what is expected
 */
export function readInput(event: unknown): OperationInput {
  const named = z.looseObject({ operation: z.enum(operations) }).safeParse(event);
  if (!named.success) {
    throw new InvalidOperation(`expected {"operation": …} with one of these: ${operations.join(", ")}`);
  }
  const { operation } = named.data;
  const result = schemas[operation].safeParse(event);
  if (result.success) return result.data;
  throw new InvalidOperation(`${operation}: ${result.error.issues.map(problemOf).join("; ")}`);
}

function count(fallback: number, most: number) {
  const message = `expected an integer from 1 to ${most}`;
  return z.int(message).min(1, message).max(most, message).default(fallback);
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `${issue.keys.join(", ")} is not known here`;
  const place = issue.path.join(".");
  return place === "" ? issue.message : `${place}: ${issue.message}`;
}
