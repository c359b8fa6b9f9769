import { type Decision, decideUpdate, type StatusUpdate } from "../../core/domain/status-update.ts";
import { policy } from "./policy.ts";
import type { Guards, Protocol, Step } from "./protocol.ts";
import { violated, written } from "./rows.ts";
import { type Answer, date, type Request, type Row, type State } from "./state.ts";

/** What the gateways' status service can do with the calls that have reached it. */
export function gatewaySteps(state: State, protocol: Protocol): Step[] {
  return [...begun(state, protocol), ...ended(state, protocol)];
}

/** With row locks a transaction is one step: nobody writes the row between its reading and its writing. */
function begun(state: State, protocol: Protocol): Step[] {
  return state.requests.flatMap((request, position) => {
    const { order, update } = request;
    if (state.held === order) return [];
    const rest = { ...state, requests: state.requests.toSpliced(position, 1) };
    const name = `a gateway applies the ${update.type} of order ${order} by worker ${update.workerId}`;
    const row = state.rows[order];
    if (row === undefined) return [{ name, next: unknown(rest, request) }];
    if (protocol.guards.rowLock) return [{ name, next: applied(rest, request, row, protocol) }];
    return [{ name: `${name}: read`, next: { ...rest, open: [...rest.open, { request, row }] } }];
  });
}

function ended(state: State, protocol: Protocol): Step[] {
  return state.open.map(({ request, row }, position) => {
    const rest = { ...state, open: state.open.toSpliced(position, 1) };
    const name = `a gateway applies the ${request.update.type} of order ${request.order}: written`;
    return { name, next: applied(rest, request, row, protocol) };
  });
}

function unknown(state: State, request: Request): State {
  const seen = { ...state.seen, unknown: state.seen.unknown + 1 };
  return { ...state, seen, answers: [...state.answers, answer(request, undefined)] };
}

function applied(state: State, request: Request, row: Row, protocol: Protocol): State {
  const decision = decide(row, request, date(state.now), protocol);
  if (decision.outcome === "rejected") {
    return { ...state, answers: [...state.answers, answer(request, undefined, decision.limit)] };
  }
  const { order, update } = request;
  const to = decision.state ?? row;
  let next = decision.state === undefined ? state : written(state, order, row, to);
  if (decision.outcome === "applied" && isOfAnOldAttempt(row, update)) {
    next = violated(next, `order ${order}: the ${update.type} of an old attempt was applied`);
  }
  // After the commit: what is given back is enqueued at once.
  const isBack = update.type === "release" && to.status === "pending";
  const stream = isBack ? [...next.stream, { order, at: state.now }] : next.stream;
  return { ...next, stream, answers: [...next.answers, answer(request, to.attempt)] };
}

function isOfAnOldAttempt(row: Row, update: StatusUpdate): boolean {
  return update.type !== "claim" && (update.attempt !== row.attempt || update.workerId !== row.workerId);
}

/** The decision of the product's own code, or of the same with a guard left out. */
function decide(row: Row, { update }: Request, at: Date, { guards }: Protocol): Decision {
  const decision = decideUpdate(row, asked(row, update, guards), at, policy);
  if (decision.outcome !== "applied") return decision;
  // Attempts that count as failures: the order fails when it was claimed too often.
  const isUsedUp = !guards.separateFailures && decision.state.attempt > policy.maxFailures;
  if (isUsedUp && update.type === "claim")
    return { ...decision, state: { ...decision.state, status: "failed", dueAt: null } };
  return decision;
}

/** Without the fence an update passes for one of the latest attempt, without hold limits a claim for one within them. */
function asked(row: Row, update: StatusUpdate, guards: Guards): StatusUpdate {
  if (update.type === "claim") return guards.holdLimit ? update : { ...update, holdLimit: 1 };
  return guards.fence || row.workerId === null ? update : { ...update, attempt: row.attempt, workerId: row.workerId };
}

function answer({ worker, order, update, sent }: Request, attempt: number | undefined, limit = 0): Answer {
  return { worker, start: Number(update.workerId.split(".")[1]), order, update, sent, attempt, limit };
}
