import { signal } from "@preact/signals";
import { postBatch } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import { sampleOrders } from "../samples.ts";
import { stats } from "./live.ts";
import { notify } from "./notices.ts";

export const isNewOrderOpen = signal(false);

/** Counts what this page has changed: lists are read anew. */
export const changes = signal(0);

export function changed(): void {
  changes.value += 1;
  stats.refresh();
}

export const isPostingBatch = signal(false);

/** The batch whose answer did not come: sent again as it was, it makes no order twice. */
let unanswered: ReturnType<typeof sampleOrders> | undefined;

/** Posts a hundred orders in one request. */
export async function postHundred(): Promise<void> {
  if (isPostingBatch.peek()) return;
  isPostingBatch.value = true;
  const orders = unanswered ?? sampleOrders(100);
  try {
    const { results } = await postBatch(orders);
    unanswered = undefined;
    const made = results.filter(({ status }) => status === 201).length;
    notify(made === orders.length ? "good" : "bad", `${made} of ${orders.length} orders posted.`);
    changed();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    unanswered = error.isPassing ? orders : undefined;
    const hint = error.isPassing ? " Post again: none of them is made twice." : "";
    notify("bad", `The orders were not posted. ${error.message}${hint}`);
  } finally {
    isPostingBatch.value = false;
  }
}
