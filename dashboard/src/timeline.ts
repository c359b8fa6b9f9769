import { endedStatuses, type HistoryEntry, type Status } from "./api/types.ts";

/** How an attempt ended; `running` while it has not, `lost` when its worker was not heard of again. */
export type Outcome = "running" | "completed" | "failed" | "retried" | "lost" | "released";

/** A span of an order's life. Times are milliseconds since 1970; `to` is absent while it lasts. */
interface Span {
  readonly from: number;
  readonly to?: number;
}

interface Wait extends Span {
  readonly kind: "wait";
  /** In the queue, or not before a certain time. */
  readonly status: "pending" | "scheduled";
  readonly note: "created" | "redriven" | "due" | "again";
}

interface Attempt extends Span {
  readonly kind: "attempt";
  readonly number: number;
  readonly worker?: string;
  readonly outcome: Outcome;
  readonly reason?: string;
}

/** The last moment of an order that has ended. */
interface End {
  readonly kind: "end";
  readonly status: Status;
  readonly from: number;
}

export type Step = Wait | Attempt | End;

/** An order's history as what it was: waits, attempts with how each ended, and the end. */
export function timeline(history: readonly HistoryEntry[]): readonly Step[] {
  return history.map((entry, index) => stepOf(entry, history[index - 1], history[index + 1]));
}

function stepOf(entry: HistoryEntry, before: HistoryEntry | undefined, after: HistoryEntry | undefined): Step {
  const from = Date.parse(entry.at);
  const span = { from, ...(after !== undefined && { to: Date.parse(after.at) }) };
  if (entry.status === "processing") {
    const { attempt: number, worker } = entry;
    const reason = after?.reason;
    const more = { ...(worker !== undefined && { worker }), ...(reason !== undefined && { reason }) };
    return { kind: "attempt", ...span, number, outcome: outcomeOf(after), ...more };
  }
  if (entry.status === "pending" || entry.status === "scheduled") {
    return { kind: "wait", ...span, status: entry.status, note: noteOf(before) };
  }
  // Only a failed one may go on, by a redrive.
  return { kind: "end", status: entry.status, from };
}

function noteOf(before: HistoryEntry | undefined): Wait["note"] {
  if (before === undefined) return "created";
  if (before.status === "failed") return "redriven";
  return before.status === "scheduled" ? "due" : "again";
}

function outcomeOf(after: HistoryEntry | undefined): Outcome {
  if (after === undefined) return "running";
  if (after.status === "completed" || (after.status === "failed" && !isExpiry(after))) return after.status;
  if (isExpiry(after)) return "lost";
  return after.status === "pending" ? "released" : "retried";
}

/** A lease that expired says so first (core/domain/transitions.ts). */
const isExpiry = ({ reason = "" }: HistoryEntry) => reason.startsWith("lease expired");

/** From its creation to its end, or to now. */
export function lifespan(steps: readonly Step[], now: number): { readonly from: number; readonly to: number } {
  const from = steps[0]?.from ?? now;
  const last = steps.at(-1);
  const to = last?.kind === "end" && endedStatuses.has(last.status) ? last.from : now;
  return { from, to: Math.max(to, from + 1) };
}
