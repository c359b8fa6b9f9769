import type { OrderEvent } from "../../core/domain/transitions.ts";
import { transition } from "../../core/domain/transitions.ts";
import { lostBefore, observe } from "../../core/domain/watermark.ts";
import { msPerTick, policy } from "./policy.ts";
import { graceTicks, type Protocol, type Step } from "./protocol.ts";
import { written } from "./rows.ts";
import { date, type Relay, type Row, type State, ticks } from "./state.ts";

/** What the relays can do. */
export function relaySteps(state: State, protocol: Protocol): Step[] {
  return state.relays.flatMap((relay, index) => {
    // What a repair has committed is enqueued before the next repair.
    if (relay.toEnqueue.length > 0) return [enqueued(state, index)];
    return [
      ...repairs(state, protocol, index, "due"),
      ...repairs(state, protocol, index, "expire"),
      ...lostRepairs(state, protocol, index),
    ];
  });
}

function enqueued(state: State, index: number): Step {
  const relay = state.relays[index] as Relay;
  const stream = [...state.stream, ...relay.toEnqueue.map((order) => ({ order, at: state.now }))];
  const relays = state.relays.with(index, { ...relay, toEnqueue: [] });
  return { name: `relay ${index} enqueues ${relay.toEnqueue}`, next: { ...state, stream, relays } };
}

/** Orders whose time has come for an event, by `(status, due_at)`. */
export function overdue(state: State, type: "due" | "expire", by = 0): number[] {
  const status = type === "due" ? "scheduled" : "processing";
  return state.rows.flatMap((row, order) => {
    const isDue = row?.status === status && row.dueAt !== null && ticks(row.dueAt) + by <= state.now;
    return isDue ? [order] : [];
  });
}

/** Repairs 1 and 2, one batch in one transaction. */
function repairs(state: State, { guards }: Protocol, index: number, type: "due" | "expire"): Step[] {
  if (type === "expire" && !guards.lease) return [];
  const found = overdue(state, type);
  const free = found.filter((order) => order !== state.held);
  // Without SKIP LOCKED the statement waits for the lock, with all the others that it found.
  if (free.length === 0 || (!guards.skipLocked && free.length < found.length)) return [];
  const event: OrderEvent = { type };
  const moved = free.reduce((next, order) => {
    const row = next.rows[order] as Row;
    const result = transition(row, event, date(state.now), policy);
    return "illegal" in result ? next : written(next, order, row, result.state);
  }, state);
  const toEnqueue = free.filter((order) => moved.rows[order]?.status === "pending");
  const relays = moved.relays.with(index, { ...(moved.relays[index] as Relay), toEnqueue });
  return [{ name: `relay ${index} repairs (${type}) ${free}`, next: { ...moved, relays } }];
}

/** All relays look at the queue, as they do about once a second. */
export function looked(state: State): State {
  const oldest = state.stream.reduce((at, entry) => Math.min(at, entry.at), state.now);
  const observation = { at: state.now * msPerTick, value: oldest * msPerTick };
  const relays = state.relays.map((relay) => {
    return { ...relay, observations: observe(relay.observations, observation, graceTicks * msPerTick) };
  });
  return { ...state, relays };
}

/** Repair 3: pending orders that the queue has lost, by the product's own watermark. */
function lostRepairs(state: State, protocol: Protocol, index: number): Step[] {
  if (!protocol.guards.repair3) return [];
  const relay = state.relays[index] as Relay;
  const lost = lostOrders(state, relay, protocol);
  if (lost.length === 0) return [];
  const now = date(state.now);
  const rows = state.rows.map((row, order) => (row && lost.includes(order) ? { ...row, dueAt: now } : row));
  const relays = state.relays.with(index, { ...relay, toEnqueue: lost });
  const seen = { ...state.seen, reenqueued: Math.min(state.seen.reenqueued + lost.length, 3) };
  return [{ name: `relay ${index} finds ${lost} lost from the queue`, next: { ...state, rows, relays, seen } }];
}

function lostOrders(state: State, { observations }: Relay, { guards }: Protocol): number[] {
  const before = guards.lookBack
    ? lostBefore(observations, state.now * msPerTick, graceTicks * msPerTick)
    : lostBefore(observations.slice(-1), state.now * msPerTick, 0);
  if (before === null) return [];
  return state.rows.flatMap((row, order) => {
    const isLost = row?.status === "pending" && row.dueAt !== null && row.dueAt.getTime() < before;
    return isLost && state.held !== order ? [order] : [];
  });
}
