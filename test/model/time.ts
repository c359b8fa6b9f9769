import { endedStatuses } from "../../core/domain/order.ts";
import { graceTicks, type Protocol, repairTicks, type Step } from "./protocol.ts";
import { looked, overdue, relaySteps } from "./relays.ts";
import { violated } from "./rows.ts";
import type { State, Task } from "./state.ts";

/** A tick passes: at no cost where nobody would be late by it. */
export function timeSteps(state: State, protocol: Protocol): Step[] {
  if (isAtRest(state) || state.now >= protocol.horizon) return [];
  const next = looked({ ...state, now: state.now + 1 });
  if (!isSomebodyLate(state, protocol)) return [{ name: "a tick", next: checkedForDelay(next) }];
  return state.lateTicks === 0 ? [] : [{ name: "a tick, late", next: { ...next, lateTicks: state.lateTicks - 1 } }];
}

/** Nothing happens any more, however long one waits. */
function isAtRest(state: State): boolean {
  const isEnded = state.rows.every((row) => row === undefined || endedStatuses.has(row.status));
  return isEnded && state.client.posts === 0 && state.toRing.length === 0 && state.held === undefined;
}

/** Whether somebody has still to do what the protocol's times assume to be done within this tick. */
function isSomebodyLate(state: State, protocol: Protocol): boolean {
  return (
    // An entry follows its row within the margin of a second.
    state.toRing.length > 0 ||
    // A relay repairs what there is to repair, and enqueues it.
    relaySteps(state, protocol).length > 0 ||
    state.workers.some(({ tasks }) => tasks.some((task) => task !== undefined && isWorkerLate(state, task)))
  );
}

/**
 * A claim follows its entry's delivery within a grace period; work ends, or its lease is renewed, within the lease. An
 * order that waits for room is in nobody's hands, and may be enqueued again meanwhile.
 */
function isWorkerLate({ now }: State, task: Task): boolean {
  if (task.at === "claiming") return now - task.since >= graceTicks;
  if (task.at === "waiting") return false;
  return task.at === "reporting" || task.until <= now + 1;
}

/** Where nobody was late a repair comes soon, whatever else is stuck. */
function checkedForDelay(state: State): State {
  for (const type of ["due", "expire"] as const) {
    const late = overdue(state, type, repairTicks).find((order) => order !== state.held);
    if (late !== undefined) return violated(state, `order ${late} waits for its repair for over ${repairTicks} ticks`);
  }
  return state;
}
