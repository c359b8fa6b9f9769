import { endedStatuses, type OrderState } from "../../core/domain/order.ts";
import type { Row, State } from "./state.ts";

/** The state after a row was written by somebody who had read it as `from`. */
export function written(state: State, order: number, from: Row, to: OrderState): State {
  const row = state.rows[order];
  const rows = state.rows.with(order, { ...to, key: from.key });
  if (row === undefined) return state;
  // The history's primary key is the order and the version: two writers that read the same version lose one's line.
  if (row.version !== from.version) return violated({ ...state, rows }, `order ${order}: a change was overwritten`);
  if (endedStatuses.has(row.status) && row.status !== "failed" && to.status !== row.status) {
    return violated({ ...state, rows }, `order ${order}: it had ended as ${row.status} and became ${to.status}`);
  }
  return { ...state, rows };
}

/** Notes the first thing that must never be. */
export function violated(state: State, violation: string): State {
  return { ...state, seen: { ...state.seen, violation: state.seen.violation ?? violation } };
}
