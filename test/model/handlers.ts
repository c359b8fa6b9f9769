import { newOrder } from "../../core/domain/order.ts";
import { transition } from "../../core/domain/transitions.ts";
import type { Protocol, Step } from "./protocol.ts";
import { violated, written } from "./rows.ts";
import { date, type Row, type State } from "./state.ts";

/** What the client and the handlers can do: post, enqueue, cancel. */
export function handlerSteps(state: State, protocol: Protocol): Step[] {
  return [...posts(state, protocol), ...rings(state), ...cancels(state)];
}

/** A post makes a row, or is answered with the one that its key has already. */
function posts(state: State, protocol: Protocol): Step[] {
  const { client } = state;
  const order = nextOrder(state);
  if (client.posts === 0 || order === undefined) return [];
  const key = protocol.isOneKey ? 0 : order;
  const asked = { ...state, client: { ...client, posts: client.posts - 1 } };
  if (protocol.guards.uniqueKey && state.rows.some((row) => row?.key === key)) {
    return [{ name: "the post is answered with the first one's order", next: asked }];
  }
  const next = { ...asked, toRing: [...state.toRing, { order, key, since: state.now }] };
  if (protocol.guards.commitFirst) return [{ name: `order ${order} is committed`, next: committed(next, order, key) }];
  return [{ name: `order ${order} is enqueued before its commit`, next: enqueued(next, order) }];
}

function nextOrder(state: State): number | undefined {
  const order = state.rows.findIndex((row, index) => !row && !state.toRing.some((ring) => ring.order === index));
  return order === -1 ? undefined : order;
}

function committed(state: State, order: number, key: number): State {
  const twin = state.rows.findIndex((row) => row?.key === key);
  const next = { ...state, rows: state.rows.with(order, newRow(order, key, state.now)) };
  return twin === -1 ? next : violated(next, `orders ${twin} and ${order} are the same one, made twice`);
}

function enqueued(state: State, order: number): State {
  return { ...state, stream: [...state.stream, { order, at: state.now }] };
}

/** The second half of a create: the entry, or the commit where the entry went first. */
function rings(state: State): Step[] {
  return state.toRing.map(({ order, key }, index) => {
    const rest = { ...state, toRing: state.toRing.toSpliced(index, 1) };
    return state.rows[order] === undefined
      ? { name: `order ${order} is committed`, next: committed(rest, order, key) }
      : { name: `order ${order} is enqueued`, next: enqueued(rest, order) };
  });
}

function newRow(order: number, key: number, now: number): Row {
  const content = { item: "", quantity: 1, priceCents: 0, runAt: null };
  return { ...newOrder(String(order), content, date(now)), key };
}

function cancels(state: State): Step[] {
  if (state.client.cancels === 0) return [];
  return state.rows.flatMap((row, order) => {
    if (row === undefined || state.held === order) return [];
    const result = transition(row, { type: "cancel" }, date(state.now));
    if ("illegal" in result) return [];
    const client = { ...state.client, cancels: state.client.cancels - 1 };
    return [{ name: `order ${order} is cancelled`, next: written({ ...state, client }, order, row, result.state) }];
  });
}
