import type { Health } from "./health-endpoint.ts";
import type { FailingStep, RelayHealth } from "./relay-health.ts";

/** A relay that did not get on for this long, beyond its interval, is of no use: none of its steps may take over 4 s. */
const relayIdleMs = 15_000;

/** And after this long it will not get on by itself. */
const relayStuckMs = 30_000;

/** A step of the relay that failed in every round for this long needs somebody. */
const stepFailsMs = 15_000;

/** A call is answered or given up within 4 s: two rounds of that and more. */
const callsStalledMs = 10_000;

/** When new connections to MySQL get done what those in use do not, for this long, these will not get on by themselves. */
const brokenMs = 60_000;

/**
 * What the verdict on a gateway is made of. Times are in milliseconds, of a clock that stands still while the process is
 * frozen.
 */
export interface Facts {
  readonly isServing: boolean;
  readonly relay: Pick<RelayHealth, "mysql" | "redis" | "failing" | "slow">;
  /** How long ago the relay got on. */
  readonly relayIdleMs: number;
  /** How long the relay may rest between two rounds. */
  readonly relayIntervalMs: number;
  /** For how long calls have come and none was answered. */
  readonly callsStalledMs: number;
  /** For how long new connections to MySQL have got done what those in use did not. */
  readonly brokenMs: number;
}

/** Whether those who use MySQL in this process get nothing done: it is away, or they are broken. */
export function isStuck({ relay, callsStalledMs: ms }: Pick<Facts, "relay" | "callsStalledMs">): boolean {
  return relay.mysql === "away" || ms > callsStalledMs;
}

/** Whether a gateway makes progress, and whether it can do its work. */
export function judge(facts: Facts): Health {
  const { isServing, relay } = facts;
  const { mysql = "not seen yet", redis = "not seen yet", failing } = relay;
  const idleMs = isServing ? facts.relayIdleMs - facts.relayIntervalMs : 0;
  const [isIdle, isRelayStuck] = [idleMs > relayIdleMs, idleMs > relayStuckMs];
  const isFailing = failing.some(({ forMs }) => forMs > stepFailsMs);
  const isStalled = facts.callsStalledMs > callsStalledMs;
  const isBroken = isServing && facts.brokenMs > brokenMs;
  return {
    isLive: !isRelayStuck && !isBroken,
    isReady: isServing && mysql === "ok" && !isIdle && !isFailing && !isStalled && !isBroken,
    checks: {
      ...{ mysql, redis, serving: String(isServing) },
      relay: isIdle ? `stuck for ${seconds(idleMs)}` : describeSteps(relay),
      calls: isStalled ? `none was answered for ${seconds(facts.callsStalledMs)}` : "ok",
      connections: isBroken ? `get nothing done while new ones do, for ${seconds(facts.brokenMs)}` : "ok",
    },
  };
}

/** A relay that is too slow keeps no worker from its orders: it is told of, and the gateway stays ready. */
function describeSteps({ failing, slow }: Facts["relay"]): string {
  const cure = "look for long transactions (npm run orders -- doctor)";
  const told = [
    ...(failing.length > 0 ? [`failing: ${namesOf(failing)}`] : []),
    ...(slow.length > 0 ? [`too slow, although MySQL answers: ${namesOf(slow)}; ${cure}`] : []),
  ];
  return told.join("; ") || "ok";
}

function namesOf(steps: readonly FailingStep[]): string {
  return steps.map(({ name, forMs }) => (forMs > stepFailsMs ? `${name} for ${seconds(forMs)}` : name)).join(", ");
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
