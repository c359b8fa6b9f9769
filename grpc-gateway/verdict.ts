import type { Health } from "./health-endpoint.ts";
import type { RelayHealth } from "./relay-health.ts";

/** A relay that did not get on for this long, beyond its interval, is of no use: none of its steps may take over 4 s. */
const relayIdleMs = 15_000;

/** And after this long it will not get on by itself. */
const relayStuckMs = 30_000;

/** A call is answered or given up within 4 s: two rounds of that and more. */
const callsStalledMs = 10_000;

/** What the verdict on a gateway is made of. Times are in milliseconds. */
export interface Facts {
  readonly isServing: boolean;
  readonly relay: Pick<RelayHealth, "mysql" | "redis" | "failing">;
  /** How long ago the relay got on. */
  readonly relayIdleMs: number;
  /** How long the relay may rest between two rounds. */
  readonly relayIntervalMs: number;
  /** For how long calls have come and none was answered. */
  readonly callsStalledMs: number;
}

/** Whether a gateway makes progress, and whether it can do its work. */
export function judge(facts: Facts): Health {
  const { isServing, relay } = facts;
  const { mysql = "not seen yet", redis = "not seen yet", failing } = relay;
  const idleMs = isServing ? facts.relayIdleMs - facts.relayIntervalMs : 0;
  const [isIdle, isStuck] = [idleMs > relayIdleMs, idleMs > relayStuckMs];
  const isStalled = facts.callsStalledMs > callsStalledMs;
  return {
    isLive: !isStuck,
    isReady: isServing && mysql === "ok" && !isIdle && !isStalled,
    checks: {
      ...{ mysql, redis, serving: String(isServing) },
      relay: isIdle ? `stuck for ${seconds(idleMs)}` : failing.length > 0 ? `failing: ${failing.join(", ")}` : "ok",
      calls: isStalled ? `none was answered for ${seconds(facts.callsStalledMs)}` : "ok",
    },
  };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
