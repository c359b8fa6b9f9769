import { describe, expect, it } from "vitest";
import { explore, type Property } from "./explore.ts";
import {
  everyOrderEnds,
  failsForAReason,
  lastChanceIsAlone,
  nothingIsReenqueued,
  nothingIsUnknown,
} from "./properties.ts";
import { allGuards, type FaultKind, faultKinds, type Guards, type Protocol } from "./protocol.ts";

const allFaults = faultKinds.filter((kind) => kind !== "hold row");

function protocol(changes: Partial<Protocol>): Protocol {
  return {
    guards: allGuards,
    orders: 1,
    workers: 1,
    relays: 1,
    faults: 0,
    faultKinds: allFaults,
    posts: 1,
    isOneKey: false,
    cancels: 0,
    lateTicks: 0,
    horizon: 6,
    ...changes,
  };
}

const safe = (): Property[] => [failsForAReason, lastChanceIsAlone, everyOrderEnds()];

describe("whatever goes wrong, every accepted order ends, completes at most once, and by its latest attempt", () => {
  it.each<{ name: string; changes: Partial<Protocol>; states: number }>([
    { name: "any two faults, one after the other", changes: { faults: 2 }, states: 500_000 },
    { name: "two workers, each slow at any time", changes: { workers: 2, lateTicks: 3, horizon: 8 }, states: 100_000 },
    { name: "two workers, one slow, and any fault", changes: slowAndFault(), states: 100_000 },
    { name: "two relays, and any fault", changes: { relays: 2, faults: 1 }, states: 20_000 },
    { name: "a post that is sent again, and any fault", changes: retries(), states: 20_000 },
    { name: "a cancel at any time, and any fault", changes: { cancels: 1, faults: 1 }, states: 20_000 },
    { name: "two orders, and a kill or a flush", changes: pair(), states: 100_000 },
  ])("$name", { timeout: 300_000 }, ({ name, changes, states }) => {
    const found = explore(protocol(changes), safe());
    expect(found.counterexample).toBeUndefined();
    process.stdout.write(`model: ${found.states} states, ${name}\n`);
    // An exploration that hardly goes anywhere proves nothing.
    expect(found.states).toBeGreaterThan(states);
  });
});

describe("where nobody is late and nothing is lost, nothing is enqueued again or claimed in vain", () => {
  it.each<{ name: string; changes: Partial<Protocol> }>([
    { name: "a backlog of two orders", changes: { orders: 2, posts: 2, relays: 2, horizon: 5 } },
    { name: "two workers", changes: { workers: 2, horizon: 8 } },
    { name: "the group is destroyed", changes: { faults: 1, faultKinds: ["destroy group"], horizon: 8 } },
  ])("$name", { timeout: 300_000 }, ({ changes }) => {
    const { counterexample } = explore(protocol(changes), [nothingIsReenqueued, nothingIsUnknown]);
    expect(counterexample).toBeUndefined();
  });

  it("a repair comes soon, even while another row is held", { timeout: 300_000 }, () => {
    expect(explore(protocol(heldRow()), []).counterexample).toBeUndefined();
  });
});

describe("without it, something goes wrong:", () => {
  it.each<{ guard: keyof Guards; changes: Partial<Protocol>; properties?: Property[]; violation: string }>([
    { guard: "fence", changes: zombies(), violation: "of an old attempt was applied" },
    { guard: "lease", changes: kill("kill worker"), violation: "an order does not end" },
    { guard: "rowLock", changes: { cancels: 1 }, violation: "a change was overwritten" },
    { guard: "uniqueKey", changes: retries(), violation: "are the same one, made twice" },
    { guard: "repair3", changes: kill("lose ring"), violation: "an order does not end" },
    { guard: "separateFailures", changes: { ...kill("stop worker"), faults: 2 }, violation: "failed after 0 failures" },
    { guard: "holdLimit", changes: { ...pair(), faultKinds: ["kill worker"] }, violation: "at its last chance and" },
    { guard: "lookBack", changes: {}, properties: [nothingIsReenqueued], violation: "was enqueued again" },
    { guard: "commitFirst", changes: {}, properties: [nothingIsUnknown], violation: "was claimed that is not there" },
    {
      guard: "groupAtZero",
      changes: kill("destroy group"),
      properties: [nothingIsReenqueued],
      violation: "was enqueued again",
    },
    { guard: "skipLocked", changes: heldRow(), properties: [], violation: "waits for its repair for over" },
  ])("$guard", { timeout: 120_000 }, ({ guard, changes, properties = safe(), violation }) => {
    const guards = { ...allGuards, [guard]: false };
    const { counterexample } = explore(protocol({ ...changes, guards }), properties);
    expect(counterexample?.violation).toContain(violation);
  });
});

function zombies(): Partial<Protocol> {
  return { workers: 2, lateTicks: 2, horizon: 7 };
}

function retries(): Partial<Protocol> {
  return { orders: 2, posts: 2, isOneKey: true, faults: 1, horizon: 5 };
}

function kill(kind: FaultKind): Partial<Protocol> {
  return { faults: 1, faultKinds: [kind] };
}

function pair(): Partial<Protocol> {
  return { orders: 2, posts: 2, faults: 1, faultKinds: ["kill worker", "flush queue", "kill gateway"], horizon: 3 };
}

function slowAndFault(): Partial<Protocol> {
  return { workers: 2, lateTicks: 1, faults: 1, horizon: 5 };
}

function heldRow(): Partial<Protocol> {
  return { orders: 2, posts: 2, faults: 1, faultKinds: ["hold row"], lateTicks: 1, horizon: 4 };
}
