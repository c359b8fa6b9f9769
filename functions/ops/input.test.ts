import { expect, it } from "vitest";
import { InvalidOperation, readInput } from "./input.ts";

const id = "01A2090F-79AC-7A03-964F-3256223620C7";

it.each([
  [{ operation: "migrate" }, { operation: "migrate" }],
  [{ operation: "doctor" }, { operation: "doctor" }],
  [{ operation: "redrive" }, { operation: "redrive", limit: 1_000 }],
  [
    { operation: "redrive", ids: [id] },
    { operation: "redrive", limit: 1_000, ids: [id.toLowerCase()] },
  ],
  [
    { operation: "redrive", failedSince: "2026-11-23T12:00:00Z", after: id, limit: 1 },
    { operation: "redrive", failedSince: "2026-11-23T12:00:00Z", after: id.toLowerCase(), limit: 1 },
  ],
  [
    { operation: "archive", olderThanDays: 1 },
    { operation: "archive", olderThanDays: 1, limit: 10_000 },
  ],
])("%j is understood", (event, input) => {
  expect(readInput(event)).toEqual(input);
});

it.each([undefined, null, 7, "migrate", {}, { operation: "drop" }, { Operation: "migrate" }])(
  "%j is refused with all operations that there are",
  (event) => {
    expect(() => readInput(event)).toThrow(
      new InvalidOperation('expected {"operation": …} with one of these: migrate, redrive, doctor, archive'),
    );
  },
);

it.each([
  [{ operation: "migrate", force: true }, "migrate: force is not known here"],
  [{ operation: "redrive", ids: [] }, "redrive: ids: expected an id at least"],
  [{ operation: "redrive", ids: ["42"] }, "redrive: ids.0: expected an order's id, a UUID"],
  [{ operation: "redrive", ids: Array(1_001).fill(id) }, "redrive: ids: expected 1,000 ids at most"],
  [
    { operation: "redrive", ids: [id], failedSince: "2026-11-23T12:00:00Z" },
    "redrive: expected either ids, or failedSince",
  ],
  [{ operation: "redrive", failedSince: "yesterday" }, "redrive: failedSince: expected an RFC 3339 time"],
  [{ operation: "redrive", limit: 0 }, "redrive: limit: expected an integer from 1 to 10000"],
  [{ operation: "redrive", limit: 1.5 }, "redrive: limit: expected an integer from 1 to 10000"],
  [{ operation: "archive" }, "archive: olderThanDays: expected whole days"],
  [{ operation: "archive", olderThanDays: 0 }, "archive: olderThanDays: expected 1 day at least"],
  [{ operation: "archive", olderThanDays: "30" }, "archive: olderThanDays: expected whole days"],
  [{ operation: "archive", olderThanDays: 30, cursor: "x" }, "archive: cursor: expected an order's id"],
])("%j is refused with the reason", (event, message) => {
  expect(() => readInput(event)).toThrow(InvalidOperation);
  expect(() => readInput(event)).toThrow(message);
});
