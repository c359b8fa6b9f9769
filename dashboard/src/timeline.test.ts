import { describe, expect, it } from "vitest";
import type { HistoryEntry, Status } from "./api/types.ts";
import { lifespan, timeline } from "./timeline.ts";

const begin = Date.UTC(2026, 10, 28, 12);

/** An entry so many milliseconds after the beginning. */
function entry(ms: number, status: Status, attempt: number, more: Partial<HistoryEntry> = {}): HistoryEntry {
  return { status, attempt, at: new Date(begin + ms).toISOString(), ...more };
}

/** The steps with their times from the beginning. */
function stepsOf(...history: HistoryEntry[]) {
  return timeline(history).map((step) => ({
    ...step,
    from: step.from - begin,
    ...("to" in step && step.to !== undefined && { to: step.to - begin }),
  }));
}

const worker = "vm-1";

describe("a timeline", () => {
  it("of an order that was completed is a wait, an attempt and an end", () => {
    expect(
      stepsOf(entry(0, "pending", 0), entry(8, "processing", 1, { worker }), entry(20, "completed", 1, { worker })),
    ).toEqual([
      { kind: "wait", status: "pending", note: "created", from: 0, to: 8 },
      { kind: "attempt", number: 1, worker, outcome: "completed", from: 8, to: 20 },
      { kind: "end", status: "completed", from: 20 },
    ]);
  });

  it("tells of a failure with its reason, and of the wait before the next attempt", () => {
    const steps = stepsOf(
      entry(0, "scheduled", 0),
      entry(5, "pending", 0),
      entry(10, "processing", 1, { worker }),
      entry(30, "scheduled", 1, { worker, reason: "no luck" }),
      entry(500, "pending", 1),
      entry(505, "processing", 2, { worker }),
      entry(600, "failed", 2, { worker, reason: "never" }),
      entry(900, "pending", 2, { reason: "redriven" }),
    );
    expect(steps).toEqual([
      { kind: "wait", status: "scheduled", note: "created", from: 0, to: 5 },
      { kind: "wait", status: "pending", note: "due", from: 5, to: 10 },
      { kind: "attempt", number: 1, worker, outcome: "retried", reason: "no luck", from: 10, to: 30 },
      { kind: "wait", status: "scheduled", note: "again", from: 30, to: 500 },
      { kind: "wait", status: "pending", note: "due", from: 500, to: 505 },
      { kind: "attempt", number: 2, worker, outcome: "failed", reason: "never", from: 505, to: 600 },
      { kind: "end", status: "failed", from: 600 },
      { kind: "wait", status: "pending", note: "redriven", from: 900 },
    ]);
  });

  it.each([
    ["released", entry(40, "pending", 1, { worker, reason: "released by its worker" })],
    ["lost", entry(40, "pending", 1, { worker, reason: "lease expired: worker vm-1 was not heard of" })],
    ["lost", entry(40, "scheduled", 1, { worker, reason: "lease expired: worker vm-1 was not heard of" })],
    ["lost", entry(40, "failed", 1, { worker, reason: "lease expired: worker vm-1 was not heard of" })],
    ["running", undefined],
  ])("tells of an attempt that was %s", (outcome, after) => {
    const history = [entry(0, "pending", 0), entry(9, "processing", 1, { worker })];
    const steps = timeline(after === undefined ? history : [...history, after]);
    expect(steps[1]).toMatchObject({ kind: "attempt", outcome });
  });

  it("lasts until its end, or until now", () => {
    const history = [entry(0, "pending", 0), entry(9, "cancelled", 0)];
    expect(lifespan(timeline(history), begin + 1_000)).toEqual({ from: begin, to: begin + 9 });
    expect(lifespan(timeline(history.slice(0, 1)), begin + 1_000)).toEqual({ from: begin, to: begin + 1_000 });
    expect(lifespan(timeline(history.slice(0, 1)), begin - 1_000)).toEqual({ from: begin, to: begin + 1 });
  });
});
