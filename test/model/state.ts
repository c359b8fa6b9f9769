import { hash } from "node:crypto";
import { holdLimit } from "../../core/domain/hold-limit.ts";
import type { OrderState } from "../../core/domain/order.ts";
import type { StatusUpdate } from "../../core/domain/status-update.ts";
import type { Observation } from "../../core/domain/watermark.ts";
import { msPerTick, policy } from "./policy.ts";

/**
 * The whole system as a value. Time goes in ticks of one second, and a step takes none. A tick may pass although somebody
 * should have done something by then: so a slow, a frozen and a partitioned process are all the same.
 */
export interface State {
  readonly now: number;
  /** MySQL: the orders, by id; an order that was not made yet is absent. */
  readonly rows: readonly (Row | undefined)[];
  /** Handlers between their commit and their queue entry. */
  readonly toRing: readonly Ring[];
  /** What the client has done. */
  readonly client: Client;
  /** Redis: entries that were not delivered yet, oldest first. */
  readonly stream: readonly Entry[];
  readonly workers: readonly Worker[];
  readonly relays: readonly Relay[];
  /** What is on its way from a worker to a gateway. */
  readonly requests: readonly Request[];
  /** What is on its way back. */
  readonly answers: readonly Answer[];
  /** Gateway transactions between reading a row and writing it: only without row locks is there one. */
  readonly open: readonly Transaction[];
  /** The order whose row lock a transaction holds that does not end; undefined when there is none. */
  readonly held: number | undefined;
  /** Faults that may still happen. */
  readonly faults: number;
  /** Ticks that may still pass while somebody is late. */
  readonly lateTicks: number;
  /** What the properties look at, and nothing decides by. */
  readonly seen: Seen;
}

/** An order's row, the history included by its length. */
export interface Row extends OrderState {
  /** What the client called it: the idempotency key. */
  readonly key: number;
}

interface Ring {
  readonly order: number;
  readonly key: number;
  readonly since: number;
}

interface Client {
  /** How often it may still post. */
  readonly posts: number;
  /** How often it may still cancel. */
  readonly cancels: number;
}

interface Entry {
  readonly order: number;
  readonly at: number;
}

/** What a worker does with an order, and under what limit, 0 for none; absent when nothing. */
export type Task =
  /** Its claim is on its way. */
  | { readonly at: "claiming"; readonly since: number; readonly limit: number }
  /** It may be claimed when there is room for it. */
  | { readonly at: "waiting"; readonly limit: number }
  /** It works until its lease is over, by its own count. */
  | { readonly at: "working"; readonly attempt: number; readonly until: number; readonly limit: number }
  /** Its report is on its way. */
  | {
      readonly at: "reporting";
      readonly attempt: number;
      readonly update: "complete" | "fail" | "release";
      readonly limit: number;
    };

export interface Worker {
  /** Counts its starts: a worker's id is new for each. */
  readonly start: number;
  readonly tasks: readonly (Task | undefined)[];
}

export interface Relay {
  /** Orders of a repair that is committed, to be enqueued now. */
  readonly toEnqueue: readonly number[];
  readonly observations: readonly Observation[];
}

export interface Request {
  readonly worker: number;
  readonly order: number;
  readonly update: StatusUpdate;
  /** When the worker sent it. */
  readonly sent: number;
}

export interface Answer {
  readonly worker: number;
  readonly start: number;
  readonly order: number;
  readonly update: StatusUpdate;
  readonly sent: number;
  /** The attempt that the row is at when the update was accepted; absent when it was rejected. */
  readonly attempt: number | undefined;
  /** The limit that a claim needs that was rejected for want of it; else 0. */
  readonly limit: number;
}

interface Transaction {
  readonly request: Request;
  readonly row: Row;
}

interface Seen {
  /** Repair 3 put so many entries into the queue. */
  readonly reenqueued: number;
  /** Claims of orders that are not there. */
  readonly unknown: number;
  /** What must never be, in words; undefined while all is well. */
  readonly violation: string | undefined;
}

/** A state's name: two states with the same name have the same future. */
export function nameOf(state: State): string {
  const parts = [
    state.now,
    state.rows.map((row) => row && rowParts(row)),
    state.toRing.map(({ order, key, since }) => [order, key, since]),
    [state.client.posts, state.client.cancels],
    state.stream.map(({ order, at }) => [order, at]),
    state.workers.map(({ start, tasks }) => [start, tasks.map((task) => task && Object.values(task))]),
    state.relays.map(({ toEnqueue, observations }) => [toEnqueue, observations.flatMap(Object.values)]),
    unordered(state.requests.map(({ order, update, sent }) => [order, Object.values(update), sent])),
    unordered(state.answers.map(({ order, update, sent, ...was }) => [order, Object.values(update), sent, was])),
    state.open.map(({ request, row }) => [request.order, Object.values(request.update), row.version, row.dueAt]),
    [state.held, state.faults, state.lateTicks],
    Object.values(state.seen),
  ];
  // The names of millions of states: a hash takes a fraction of the room.
  return hash("sha1", JSON.stringify(parts), "base64");
}

/** What is on its way arrives in any order. */
function unordered(parts: readonly unknown[]): string[] {
  return parts.map((part) => JSON.stringify(part)).toSorted();
}

/** How many orders that were lost with their worker may be held together with this one; 0: it is none. */
export function limitOf(row: Row): number {
  return holdLimit(row, policy);
}

function rowParts(row: Row): unknown[] {
  const { key, status, attempt, failures, version, dueAt, workerId, attemptEnd } = row;
  return [key, status, attempt, failures, version, dueAt?.getTime(), workerId, attemptEnd, limitOf(row)];
}

/** A tick as MySQL tells the time. */
export function date(tick: number): Date {
  return new Date(tick * msPerTick);
}

/** A time of MySQL in ticks. */
export function ticks(time: Date): number {
  return time.getTime() / msPerTick;
}
