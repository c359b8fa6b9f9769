import { type Latency, type Measured, type ProcessUsage, type SystemResults, sampleOf } from "./results.ts";

// Results for tests; no machine ever reached them.

/** A figure of three rounds around a median. */
export function around(median: number) {
  return sampleOf([median, median * 0.9, median * 1.08]);
}

function latency(p50: number, p99: number): Latency {
  return { p50: around(p50), p95: around((p50 + p99) / 2), p99: around(p99) };
}

function usage(processes: readonly string[]): ProcessUsage[] {
  return (["creates", "drain"] as const).flatMap((phase) =>
    processes.map((process, index) => ({
      ...{ phase, process, cpuSeconds: around(1.5 + index), cpuMicrosPerOrder: around(41 * (1 + index)) },
      peakMiB: around(38 * (1 + index)),
    })),
  );
}

function system(name: string, drain: number, posts: number, [p50, p99]: readonly [number, number]): SystemResults {
  const seconds = Math.min(20, 30_000 / drain);
  return {
    name,
    creates: { perSecond: around(posts), latencyMs: latency(64_000 / posts, 160_000 / posts), failed: 0 },
    drain: { perSecond: around(drain), completed: sampleOf([drain * seconds]), seconds: around(seconds) },
    toCompleted: latency(p50, p99),
    usage: usage(["mysql", "redis", "http", "worker"]),
  };
}

/** A run in which every goal was measured and met. */
export const madeUp: Measured = {
  at: "2030-01-02T03:04:05.678Z",
  quick: false,
  machine: { cores: 2, cpu: "Example CPU 9000 <2.5 GHz>", memoryGiB: 24, os: "Linux 6.1" },
  versions: { mysql: "9.7.0", redis: "7.0.15", node: "v24.21.0", go: "go1.26.8" },
  durable: { sync_binlog: "1", innodb_flush_log_at_trx_commit: "1" },
  repeats: 3,
  waiting: 30_000,
  systems: [
    system("orders", 16_400, 2_310, [5.2, 12.3]),
    system("naive 1", 138, 1_730, [9.1, 21.4]),
    system("naive 50", 604, 1_690, [9.3, 24]),
    system("bullmq", 1_090, 1_980, [4.8, 8.6]),
    system("asynq", 1_510, 2_050, [8.9, 17.7]),
  ],
  raw: { drainPerSecond: around(20_900) },
  own: {
    handler: { handlerMs: 1.24, bareMs: 1.05, ratio: 1.18 },
    coldStart: { medianMs: 71.5, maxMs: 78.2 },
    bundle: { largest: { name: "createOrder", bytes: 1_301_204 } },
    batch: { ordersPerSecond: 17_250 },
    pages: {
      worst: "status=failed",
      small: { rows: 10_000, ms: 1.9 },
      large: { rows: 1_000_000, ms: 2.1 },
      ratio: 1.1,
    },
    redis: { cpuMicrosPerOrder: 3.1 },
    memory: { workerMiB: 44.2, gatewayMiB: 151 },
  },
};
