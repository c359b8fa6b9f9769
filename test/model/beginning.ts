import type { Protocol } from "./protocol.ts";
import { looked } from "./relays.ts";
import type { State } from "./state.ts";

/** Everything at rest, and nothing posted yet. */
export function beginning(protocol: Protocol): State {
  const { orders, workers, relays, posts, cancels, faults, lateTicks } = protocol;
  const idle = { start: 0, tasks: Array(orders).fill(undefined) };
  return looked({
    now: 0,
    rows: Array(orders).fill(undefined),
    toRing: [],
    client: { posts, cancels },
    stream: [],
    workers: Array(workers).fill(idle),
    relays: Array(relays).fill({ toEnqueue: [], observations: [] }),
    requests: [],
    answers: [],
    open: [],
    held: undefined,
    faults,
    lateTicks,
    seen: { reenqueued: 0, unknown: 0, violation: undefined },
  });
}
