import { endedStatuses } from "../../core/domain/order.ts";
import { type Property, stepsWithoutFaults } from "./explore.ts";
import { policy } from "./policy.ts";
import type { Protocol } from "./protocol.ts";
import { limitOf, nameOf, type State } from "./state.ts";

/** A run without further faults ends every order within so many steps. */
const longestEnd = 400;

const unlimited = 1_000_000;

/** In a run without further faults the queue loses nothing more: what was lost is enqueued again once an order. */
const maxReenqueues = 2;

/**
 * Every accepted order ends: from each state, a run in which everybody does what they can and nothing else goes wrong ends
 * all orders. Remembers the states from which that was seen.
 */
export function everyOrderEnds(): Property {
  const ends = new Set<string>();
  return (state, protocol) => {
    const passed: string[] = [];
    let current: State = { ...state, faults: 0, lateTicks: unlimited, seen: { ...state.seen, reenqueued: 0 } };
    for (let step = 0; step < longestEnd; step++) {
      const name = nameOf(current);
      if (ends.has(name)) break;
      passed.push(name);
      const next = nextInOrder(current, protocol);
      if (next === undefined) {
        const open = current.rows.findIndex((row) => row && !endedStatuses.has(row.status));
        if (open !== -1) return `order ${open} stays ${current.rows[open]?.status} for ever`;
        break;
      }
      if (next.seen.reenqueued > maxReenqueues) return "the same orders are enqueued again and again";
      current = next;
      if (step === longestEnd - 1) return "an order does not end";
    }
    for (const name of passed) ends.add(name);
    return undefined;
  };
}

/** A tick passes only when nothing else can happen: the steps are listed so that the first is fair to all. */
function nextInOrder(state: State, protocol: Protocol): State | undefined {
  const steps = stepsWithoutFaults(state, { ...protocol, horizon: unlimited });
  const wait = steps.find(({ name }) => name.startsWith("a tick"));
  return (steps.find((step) => step !== wait && !step.name.includes("renewed")) ?? wait)?.next;
}

/** An order fails only when its failures are used up. */
export const failsForAReason: Property = (state) => {
  const order = state.rows.findIndex((row) => row?.status === "failed" && row.failures < policy.maxFailures);
  return order === -1 ? undefined : `order ${order} failed after ${state.rows[order]?.failures} failures`;
};

/** At its last chance, an order that was lost with its worker is in its worker's hands without another such order. */
export const lastChanceIsAlone: Property = ({ rows, workers }) => {
  const crowd = workers.findIndex(({ start, tasks }, index) => {
    const limits = rows.flatMap((row, order) => {
      const isHeld = row?.status === "processing" && row.workerId === `${index}.${start}` && tasks[order] !== undefined;
      return isHeld && limitOf(row) > 0 ? [limitOf(row)] : [];
    });
    return limits.length > 1 && limits.includes(1);
  });
  return crowd === -1 ? undefined : `worker ${crowd} holds an order at its last chance and another that was lost`;
};

/** In a timely run nothing is taken for lost. */
export const nothingIsReenqueued: Property = ({ seen }) =>
  seen.reenqueued > 0 ? "an order was enqueued again although its entry was not lost" : undefined;

/** In a timely run nobody claims an order that is not there. */
export const nothingIsUnknown: Property = ({ seen }) =>
  seen.unknown > 0 ? "an order was claimed that is not there yet" : undefined;
