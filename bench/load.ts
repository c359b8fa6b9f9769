import { lastLines, run } from "../infra/local/process/run.ts";
import type { Ground } from "./ground.ts";
import { buildGo } from "./systems/peer-build.ts";

/** What the load generator saw. */
export interface LoadResult {
  /** Requests that were sent and ended. */
  readonly requests: number;
  readonly answered2xx: number;
  /** Requests that were answered otherwise, or not at all. */
  readonly others: number;
  /** Requests answered with 2xx a second. */
  readonly perSecond: number;
  /** From sending a request to its whole answer, in milliseconds; over all requests. */
  readonly latencyMs: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
    readonly mean: number;
  };
}

/** What bombardier prints; latencies are in microseconds (its README, "Printing"). */
interface Report {
  readonly result: {
    readonly timeTakenSeconds: number;
    readonly req1xx: number;
    readonly req2xx: number;
    readonly req3xx: number;
    readonly req4xx: number;
    readonly req5xx: number;
    /** Requests without an answer. */
    readonly others: number;
    readonly errors?: readonly { readonly description: string; readonly count: number }[];
    readonly latency: {
      readonly mean: number;
      readonly max: number;
      readonly percentiles: Readonly<Record<"50" | "75" | "90" | "95" | "99", number>>;
    };
  };
}

/** Builds the load generator and returns the path of its binary. */
export function buildBombardier(ground: Ground): Promise<string> {
  return buildGo(ground, { name: "bombardier", package: "github.com/codesenberg/bombardier" });
}

/** Posts JSON for a time over connections that stay open, each sending its next request when it has its answer. */
export async function postAtFullSpeed(options: {
  readonly binary: string;
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly body: string;
}): Promise<LoadResult> {
  const words = [
    ...["--method=POST", "--header=Content-Type: application/json", `--body=${options.body}`],
    // A request counts as unanswered after as long as the run lasts: no slow answer is hidden.
    ...[`--connections=${options.connections}`, `--duration=${options.seconds}s`, `--timeout=${options.seconds + 10}s`],
    ...["--latencies", "--format=json", "--print=result", options.url],
  ];
  const timeoutMs = (options.seconds + 60) * 1_000;
  const { code, stdout, stderr } = await run(options.binary, words, { timeoutMs });
  if (code !== 0) throw new Error(`bombardier failed:\n${lastLines(stdout + stderr, 10)}`);
  return readReport(stdout);
}

/** Reads what bombardier prints. */
export function readReport(text: string): LoadResult {
  const { result } = JSON.parse(text) as Report;
  const { latency, req2xx, timeTakenSeconds } = result;
  const others = result.req1xx + result.req3xx + result.req4xx + result.req5xx + result.others;
  if (req2xx === 0) {
    const [error] = result.errors ?? [];
    throw new Error(`none of ${others} requests was answered with 2xx${error ? `: ${error.description}` : ""}`);
  }
  const ms = (micros: number) => micros / 1_000;
  const { "50": p50, "95": p95, "99": p99 } = latency.percentiles;
  return {
    requests: req2xx + others,
    answered2xx: req2xx,
    others,
    perSecond: req2xx / timeTakenSeconds,
    latencyMs: { p50: ms(p50), p95: ms(p95), p99: ms(p99), max: ms(latency.max), mean: ms(latency.mean) },
  };
}
