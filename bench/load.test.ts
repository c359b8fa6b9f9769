import { expect, test } from "vitest";
import { readReport } from "./load.ts";

/** As bombardier 1.2.6 prints it, shortened to what is read. */
function printed(result: object): string {
  const none = { req1xx: 0, req2xx: 0, req3xx: 0, req4xx: 0, req5xx: 0, others: 0 };
  const latency = {
    mean: 233.5,
    stddev: 277.7,
    max: 12_463,
    percentiles: { 50: 172, 75: 272, 90: 374, 95: 501, 99: 1_198 },
  };
  return JSON.stringify({
    spec: { numberOfConnections: 4 },
    result: { ...none, timeTakenSeconds: 2, latency, ...result },
  });
}

test("only what was answered with 2xx counts", () => {
  expect(readReport(printed({ req2xx: 15_264, req4xx: 3, req5xx: 1_696, others: 2 }))).toEqual({
    requests: 16_965,
    answered2xx: 15_264,
    others: 1_701,
    perSecond: 7_632,
    latencyMs: { p50: 0.172, p95: 0.501, p99: 1.198, max: 12.463, mean: 0.2335 },
  });
});

test("a server that is not there is an error that says why", () => {
  const errors = [{ description: "dial tcp 127.0.0.1:23987: connect: connection refused", count: 42_096 }];
  expect(() => readReport(printed({ others: 42_096, errors }))).toThrow(/42096 requests .*connection refused/);
});

test("a server that refuses all is an error", () => {
  expect(() => readReport(printed({ req5xx: 7 }))).toThrow("none of 7 requests was answered with 2xx");
});
