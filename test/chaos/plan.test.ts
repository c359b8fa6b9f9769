import { expect, it } from "vitest";
import { kinds } from "./kinds.ts";
import { plan } from "./plan.ts";

const cast = { gateways: ["gateway-1", "gateway-2"], workers: ["worker-1", "worker-2"], leaseMs: 10_000 };
const names = [...kinds.keys()];

/** A plan as people see it. */
function told(seed: number): string[] {
  return plan(seed, 600, names, cast).map(({ atMs, fault }) => `${atMs} ${fault.told} ${fault.lastsMs}`);
}

it("is the same for the same seed, and another one for another", () => {
  expect(told(7)).toEqual(told(7));
  expect(told(7)).not.toEqual(told(8));
});

it("brings every kind before any comes again", () => {
  const kindsInOrder = plan(1, 600, names, cast).map(({ kind }) => kind);
  expect(new Set(kindsInOrder.slice(0, names.length))).toEqual(new Set(names));
  expect(kindsInOrder.length).toBeGreaterThan(2 * names.length);
});

it("leaves the load its beginning and its end", () => {
  const times = plan(3, 60, names, cast).map(({ atMs }) => atMs);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(3_000);
  expect(Math.max(...times)).toBeLessThan(55_000);
});
