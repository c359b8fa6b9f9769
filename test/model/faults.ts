import type { FaultKind, Protocol, Step } from "./protocol.ts";
import type { State, Worker } from "./state.ts";
import { sent, withTask } from "./workers.ts";

/** What can go wrong, each time at the cost of one fault. */
export function faultSteps(state: State, protocol: Protocol): Step[] {
  if (state.faults === 0) return [];
  const left = { ...state, faults: state.faults - 1 };
  return protocol.faultKinds.flatMap((kind) =>
    faults[kind](left, protocol).map(({ name, next }) => ({ name: `FAULT ${name}`, next, isFault: true })),
  );
}

type Fault = (state: State, protocol: Protocol) => Step[];

const faults: { readonly [K in FaultKind]: Fault } = {
  "kill worker": (state) =>
    state.workers.flatMap((worker, index) =>
      worker.tasks.some((task) => task !== undefined)
        ? [{ name: `worker ${index} is killed`, next: restarted(state, index) }]
        : [],
    ),
  "stop worker": (state) => workingTasks(state, "release", "gives its work back"),
  "work fails": (state) => workingTasks(state, "fail", "fails at its work"),
  "kill gateway": (state) =>
    state.relays.map((relay, index) => ({
      name: `gateway ${index} is killed`,
      next: { ...state, relays: state.relays.with(index, { ...relay, toEnqueue: [], observations: [] }) },
    })),
  "lose ring": (state, { guards }) =>
    guards.commitFirst
      ? state.toRing.map(({ order }, index) => ({
          name: `the entry of order ${order} is never made`,
          next: { ...state, toRing: state.toRing.toSpliced(index, 1) },
        }))
      : [],
  "lose message": (state) => [
    ...state.requests.map(({ order, update }, index) => ({
      name: `the ${update.type} of order ${order} is lost`,
      next: { ...state, requests: state.requests.toSpliced(index, 1) },
    })),
    ...state.answers.map(({ order, update }, index) => ({
      name: `the answer to the ${update.type} of order ${order} is lost`,
      next: { ...state, answers: state.answers.toSpliced(index, 1) },
    })),
  ],
  "repeat request": (state) =>
    state.requests.map((request) => ({
      name: `the ${request.update.type} of order ${request.order} is under way twice`,
      next: { ...state, requests: [...state.requests, request] },
    })),
  "flush queue": (state) =>
    state.stream.length === 0 ? [] : [{ name: "the queue is flushed", next: { ...state, stream: [] } }],
  // At zero, what is in the stream is delivered still; what was delivered and not trimmed yet comes again (a stale queue).
  "destroy group": (state, { guards }) => [
    { name: "the group is destroyed", next: guards.groupAtZero ? state : { ...state, stream: [] } },
  ],
  "stale queue": (state) =>
    state.rows.flatMap((row, order) =>
      row === undefined ? [] : [{ name: `order ${order} is in the queue again`, next: withEntry(state, order) }],
    ),
  "hold row": (state) =>
    state.held !== undefined
      ? []
      : state.rows.flatMap((row, order) =>
          row === undefined ? [] : [{ name: `the row of order ${order} is held`, next: { ...state, held: order } }],
        ),
};

function withEntry(state: State, order: number): State {
  return { ...state, stream: [{ order, at: state.now }, ...state.stream] };
}

/** A worker that is started again has another id and knows nothing of what it did. */
function restarted(state: State, index: number): State {
  const worker = state.workers[index] as Worker;
  const idle = { start: worker.start + 1, tasks: worker.tasks.map(() => undefined) };
  return { ...state, workers: state.workers.with(index, idle) };
}

function workingTasks(state: State, update: "fail" | "release", what: string): Step[] {
  return state.workers.flatMap(({ tasks }, index) =>
    tasks.flatMap((task, order) => {
      if (task?.at !== "working") return [];
      const reporting = { at: "reporting", attempt: task.attempt, update, limit: task.limit } as const;
      const next = sent(withTask(state, index, order, reporting), index, order);
      return [{ name: `worker ${index} ${what} on order ${order}`, next }];
    }),
  );
}
