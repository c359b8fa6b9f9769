import { beginning } from "./beginning.ts";
import { faultSteps } from "./faults.ts";
import { gatewaySteps } from "./gateways.ts";
import { handlerSteps } from "./handlers.ts";
import type { Protocol, Step } from "./protocol.ts";
import { relaySteps } from "./relays.ts";
import { nameOf, type State } from "./state.ts";
import { timeSteps } from "./time.ts";
import { workerSteps } from "./workers.ts";

/** What an exploration found. */
export interface Exploration {
  /** How many different states there are. */
  readonly states: number;
  /** The shortest way to what must not be; undefined when there is none. */
  readonly counterexample: Counterexample | undefined;
}

interface Counterexample {
  readonly violation: string;
  /** The steps that lead there, in order. */
  readonly steps: readonly string[];
}

/** Something that must hold in every state: answers what is wrong, or undefined. */
export type Property = (state: State, protocol: Protocol) => string | undefined;

/** Everything that can happen in a state. */
function stepsFrom(state: State, protocol: Protocol): Step[] {
  return [...stepsWithoutFaults(state, protocol), ...faultSteps(state, protocol)];
}

export function stepsWithoutFaults(state: State, protocol: Protocol): Step[] {
  const free = { ...state, held: undefined };
  return [
    ...handlerSteps(state, protocol),
    ...relaySteps(state, protocol),
    ...gatewaySteps(state, protocol),
    ...workerSteps(state),
    ...timeSteps(state, protocol),
    ...(state.held === undefined ? [] : [{ name: `the row of order ${state.held} is let go`, next: free }]),
  ];
}

/** How a state was reached. Not the state itself: there is room for millions. */
interface Path {
  readonly before: Path | undefined;
  readonly step: string;
}

interface Visit {
  readonly state: State;
  readonly path: Path | undefined;
}

/** Looks at every state that can be reached, the nearest first, until a property does not hold. */
export function explore(protocol: Protocol, properties: readonly Property[]): Exploration {
  const first: Visit = { state: beginning(protocol), path: undefined };
  const seen = new Set([nameOf(first.state)]);
  let frontier: Visit[] = [first];
  while (frontier.length > 0) {
    const next: Visit[] = [];
    for (const { state, path } of frontier) {
      const violation = firstViolation(state, protocol, properties);
      if (violation !== undefined) return { states: seen.size, counterexample: { violation, steps: stepsOf(path) } };
      for (const step of stepsFrom(state, protocol)) {
        const known = seen.size;
        if (seen.add(nameOf(step.next)).size > known) {
          next.push({ state: step.next, path: { before: path, step: step.name } });
        }
      }
    }
    frontier = next;
  }
  return { states: seen.size, counterexample: undefined };
}

function firstViolation(state: State, protocol: Protocol, properties: readonly Property[]): string | undefined {
  if (state.seen.violation !== undefined) return state.seen.violation;
  for (const property of properties) {
    const violation = property(state, protocol);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

function stepsOf(path: Path | undefined): string[] {
  return path === undefined ? [] : [...stepsOf(path.before), path.step];
}
