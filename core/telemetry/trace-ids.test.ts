import { expect, it } from "vitest";
import { derivedSpanId, randomSpanId, traceIdOf } from "./trace-ids.ts";

const orderId = "01a2090f-79ac-7a03-964f-3256223620c7";

it("an order's trace has the order's id", () => {
  expect(traceIdOf(orderId)).toBe("01a2090f79ac7a03964f3256223620c7");
  expect(traceIdOf(orderId.toUpperCase())).toBe("01a2090f79ac7a03964f3256223620c7");
});

// The worker's tests have the same.
it.each([
  ["create", "313e37bfe59b4459"],
  ["attempt/1", "adcbfe4cf947642a"],
  ["attempt/1/claim", "288e959fac29e74b"],
  ["attempt/1/completed", "64f794ee35725e7d"],
  ["attempt/1/failed", "167737a4d426c8bc"],
  ["attempt/1/released", "621ea25af07e295f"],
  ["attempt/2", "bdd12e4b263cef19"],
])("the span %s has its id from the order's and its name", (name, id) => {
  expect(derivedSpanId(orderId, name)).toBe(id);
});

it("other spans have ids of their own", () => {
  const ids = Array.from({ length: 100 }, randomSpanId);
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
});
