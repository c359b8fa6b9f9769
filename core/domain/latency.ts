/** How long orders took until they were completed, in milliseconds: of so many, by percentile. */
export interface Latency {
  readonly orders: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The percentiles by nearest rank, each of them a latency that there was; undefined when there is none. */
export function latencyOf(latenciesMs: readonly number[]): Latency | undefined {
  if (latenciesMs.length === 0) return undefined;
  const sorted = latenciesMs.toSorted((one, other) => one - other);
  const percentile = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
  return { orders: sorted.length, p50: percentile(50), p95: percentile(95), p99: percentile(99) };
}
