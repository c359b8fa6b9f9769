import { setTimeout as delay } from "node:timers/promises";
import type { OrderWithHistory } from "../../core/api/documents.ts";
import { type Api, NotFound, Unavailable } from "../api.ts";
import { inParallel } from "./in-parallel.ts";
import { isOver, type Judgement, judge } from "./judge.ts";
import type { Acknowledged, LoadOrder } from "./load.ts";

/** How the orders of a load are looked at afterwards. */
export interface FinalCheckOptions {
  readonly api: Api;
  readonly orders: readonly Acknowledged[];
  /** What the order of a number was sent with. */
  readonly content: (number: number) => LoadOrder;
  /** Requests under way at once. */
  readonly connections: number;
  /** Gives up when there was no progress for so long, in milliseconds. */
  readonly patienceMs: number;
  /** Is told how many are done. */
  readonly report: (what: string, done: number, total: number) => void;
}

/** An acknowledged order, and what became of it. */
export interface Judged extends Judgement {
  readonly id: string;
}

/** How long it waits between two rounds of looks, in milliseconds. */
const pauseMs = 250;

/**
 * Waits until all orders have ended, then looks at each of them once more: what happened to one after it had ended is
 * seen, too. A list by status would be cheaper and prove less.
 */
export async function finalCheck(options: FinalCheckOptions): Promise<readonly Judged[]> {
  await untilDone(options, "ended", (_, found) => isOver(found));
  const judged: Judged[] = [];
  const unseen = await untilDone(options, "checked", ({ id, number }, found) => {
    judged.push({ id, ...judge(options.content(number), found) });
    return true;
  });
  const detail = "the API did not answer when it was to be checked";
  return [...judged, ...unseen.map(({ id }) => ({ id, verdict: "unfinished" as const, detail }))];
}

/** Looks at the orders, and again at those that are not done; returns those that never were. */
async function untilDone(
  { api, orders, connections, patienceMs, report }: FinalCheckOptions,
  what: string,
  isDone: (order: Acknowledged, found: OrderWithHistory | undefined) => boolean,
): Promise<readonly Acknowledged[]> {
  let done = 0;
  let lastDone = performance.now();
  const isGivenUp = () => performance.now() - lastDone > patienceMs;
  let left = orders;
  while (left.length > 0) {
    const again: Acknowledged[] = [];
    await inParallel(left, connections, async (order) => {
      const found = isGivenUp() ? "unknown" : await look(api, order.id);
      if (found === "unknown" || !isDone(order, found)) return void again.push(order);
      lastDone = performance.now();
      report(what, ++done, orders.length);
    });
    left = again;
    if (left.length === 0 || isGivenUp()) return left;
    report(what, done, orders.length);
    await delay(pauseMs);
  }
  return left;
}

/** Undefined when there is no such order; unknown when the API cannot say at the moment. */
async function look(api: Api, id: string): Promise<OrderWithHistory | undefined | "unknown"> {
  try {
    return await api.get<OrderWithHistory>(`/orders/${id}`);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    if (error instanceof Unavailable) return "unknown";
    throw error;
  }
}
