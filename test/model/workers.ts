import type { StatusUpdate } from "../../core/domain/status-update.ts";
import { leaseTicks } from "./policy.ts";
import type { Step } from "./protocol.ts";
import type { Answer, State, Task, Worker } from "./state.ts";

/** What the workers can do. */
export function workerSteps(state: State): Step[] {
  return state.workers.flatMap((worker, index) => [
    ...deliveries(state, index),
    ...worker.tasks.flatMap((task, order) => (task === undefined ? [] : taskSteps(state, { index, order, task }))),
    ...answers(state, index),
  ]);
}

interface Place {
  readonly index: number;
  readonly order: number;
  readonly task: Task;
}

/** The id of a worker: new for every start. */
function workerId(index: number, start: number): string {
  return `${index}.${start}`;
}

/** Reads the next entry and claims its order, unless it holds or claims it already. Reading removes: NOACK. */
function deliveries(state: State, index: number): Step[] {
  const [entry, ...stream] = state.stream;
  if (entry === undefined) return [];
  const { order } = entry;
  const rest = { ...state, stream };
  const name = `worker ${index} reads the entry of order ${order}`;
  if (state.workers[index]?.tasks[order] !== undefined) return [{ name: `${name} and drops it`, next: rest }];
  const task: Task = { at: "claiming", since: state.now, limit: 0 };
  return [{ name, next: sent(withTask(rest, index, order, task), index, order) }];
}

/** Sends what a task has to say: a claim, or a report. */
export function sent(state: State, index: number, order: number): State {
  const worker = state.workers[index];
  const task = worker?.tasks[order];
  if (worker === undefined || task === undefined || task.at === "working" || task.at === "waiting") return state;
  const update = updateOf(task, workerId(index, worker.start));
  return { ...state, requests: [...state.requests, { worker: index, order, update, sent: state.now }] };
}

function updateOf(task: Exclude<Task, { at: "working" | "waiting" }>, workerId: string): StatusUpdate {
  if (task.at === "claiming") return { type: "claim", workerId, holdLimit: task.limit };
  const { attempt, update: type } = task;
  return type === "fail" ? { type, workerId, attempt, reason: "", retryable: true } : { type, workerId, attempt };
}

function taskSteps(state: State, { index, order, task }: Place): Step[] {
  const name = `worker ${index}, order ${order}`;
  if (task.at === "waiting") {
    if (!hasRoom(state.workers[index] as Worker, task.limit)) return [];
    const claiming: Task = { at: "claiming", since: state.now, limit: task.limit };
    return [{ name: `${name}: there is room`, next: sent(withTask(state, index, order, claiming), index, order) }];
  }
  if (task.at !== "working") return again(state, { index, order, task });
  if (task.until <= state.now) {
    return [
      { name: `${name}: the lease is over, the work is cancelled`, next: withTask(state, index, order, undefined) },
    ];
  }
  const reporting: Task = { at: "reporting", attempt: task.attempt, update: "complete", limit: task.limit };
  return [
    { name: `${name}: the work is done`, next: sent(withTask(state, index, order, reporting), index, order) },
    ...renewals(state, { index, order, task }),
  ];
}

/** Once in a lease, and one at a time. */
function renewals(state: State, { index, order, task }: Place): Step[] {
  const worker = state.workers[index];
  if (worker === undefined || task.at !== "working" || task.until - state.now >= leaseTicks) return [];
  if (isUnderWay(state, index, order)) return [];
  const update: StatusUpdate = { type: "renew", workerId: workerId(index, worker.start), attempt: task.attempt };
  const requests = [...state.requests, { worker: index, order, update, sent: state.now }];
  return [{ name: `worker ${index}, order ${order}: the lease is to be renewed`, next: { ...state, requests } }];
}

/** A call that was not answered is made again. */
function again(state: State, { index, order, task }: Place): Step[] {
  if (isUnderWay(state, index, order)) return [];
  const isClaim = task.at === "claiming";
  const anew = isClaim ? withTask(state, index, order, { ...task, since: state.now }) : state;
  return [{ name: `worker ${index}, order ${order}: the call is made again`, next: sent(anew, index, order) }];
}

function isUnderWay(state: State, index: number, order: number): boolean {
  const id = workerId(index, state.workers[index]?.start ?? 0);
  return (
    state.requests.some((request) => request.order === order && request.update.workerId === id) ||
    state.open.some(({ request }) => request.order === order && request.update.workerId === id) ||
    state.answers.some((answer) => answer.order === order && answer.update.workerId === id)
  );
}

function answers(state: State, index: number): Step[] {
  return state.answers.flatMap((answer, position) => {
    if (answer.worker !== index) return [];
    const rest = { ...state, answers: state.answers.toSpliced(position, 1) };
    const name = `worker ${index} hears of its ${answer.update.type} of order ${answer.order}`;
    return [{ name, next: answered(rest, answer) }];
  });
}

/** An answer to an earlier start, or to a call that is not waited for any more, changes nothing. */
function answered(state: State, { worker, start, order, update, sent, attempt, limit }: Answer): State {
  const task = state.workers[worker]?.tasks[order];
  if (task === undefined || state.workers[worker]?.start !== start) return state;
  if (update.type === "claim") {
    if (task.at !== "claiming") return state;
    if (limit > 0) return withTask(state, worker, order, { at: "waiting", limit });
    const until = sent + leaseTicks;
    const isHeld = attempt !== undefined && until > state.now;
    return withTask(state, worker, order, isHeld ? { at: "working", attempt, until, limit: task.limit } : undefined);
  }
  if (task.at === "claiming" || task.at === "waiting" || task.attempt !== update.attempt) return state;
  if (update.type !== "renew") return task.at === "reporting" ? withTask(state, worker, order, undefined) : state;
  if (task.at !== "working") return state;
  return withTask(state, worker, order, attempt === undefined ? undefined : { ...task, until: sent + leaseTicks });
}

/** Whether a worker may claim an order under a limit, beside what it holds or claims under limits. */
function hasRoom({ tasks }: Worker, limit: number): boolean {
  const limits = tasks.flatMap((task) => (task && task.limit > 0 && task.at !== "waiting" ? [task.limit] : []));
  return limits.length === 0 || (limit > 1 && !limits.includes(1) && limits.length < limit);
}

export function withTask(state: State, index: number, order: number, task: Task | undefined): State {
  const worker = state.workers[index] as Worker;
  const tasks = worker.tasks.with(order, task);
  return { ...state, workers: state.workers.with(index, { ...worker, tasks }) };
}
