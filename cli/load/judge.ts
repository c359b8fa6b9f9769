import type { OrderWithHistory } from "../../core/api/documents.ts";
import { endedStatuses } from "../../core/domain/order.ts";
import type { LoadOrder } from "./load.ts";

/** What became of an order that was acknowledged. All but `completed` is not what was promised, or not yet. */
export const verdicts = [
  "completed",
  "lost",
  "completedTwice",
  "changed",
  "failed",
  "cancelled",
  "unfinished",
] as const;
export type Verdict = (typeof verdicts)[number];

/** A verdict, and what it rests on. */
export interface Judgement {
  readonly verdict: Verdict;
  /** What is amiss; empty when nothing is. */
  readonly detail: string;
  /** From the order's creation to its completion, in milliseconds. */
  readonly toCompletedMs?: number;
}

/** Judges an order by what the API says of it now; undefined when it knows no such order. */
export function judge(sent: LoadOrder, found: OrderWithHistory | undefined): Judgement {
  if (found === undefined) return { verdict: "lost", detail: "the API knows no such order" };
  const changed = (["item", "quantity", "price"] as const).filter((field) => found[field] !== sent[field]);
  if (changed.length > 0) {
    const each = changed.map((field) => `${field} ${found[field]} instead of ${sent[field]}`);
    return { verdict: "changed", detail: each.join(", ") };
  }
  const completions = found.history.filter(({ status }) => status === "completed");
  if (completions.length > 1) return { verdict: "completedTwice", detail: `completed ${completions.length} times` };
  if (found.status !== "completed") return unlikePromised(found);
  const [completion] = completions;
  if (completion === undefined) return { verdict: "changed", detail: "completed, and its history does not say so" };
  const toCompletedMs = Date.parse(completion.at) - Date.parse(found.createdAt);
  return { verdict: "completed", detail: "", toCompletedMs };
}

function unlikePromised({ status, reason = "no reason is given" }: OrderWithHistory): Judgement {
  if (status === "failed") return { verdict: status, detail: reason };
  if (status === "cancelled") return { verdict: status, detail: "somebody cancelled it" };
  return { verdict: "unfinished", detail: `still ${status}` };
}

/** Whether nothing happens to an order any more; so of one that is not there. */
export function isOver(found: OrderWithHistory | undefined): boolean {
  return found === undefined || endedStatuses.has(found.status);
}
