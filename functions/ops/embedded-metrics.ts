/** One value of a metric. */
export interface Metric {
  readonly name: string;
  readonly unit: "Count" | "Milliseconds";
  readonly value: number;
}

/**
 * A line of the log that CloudWatch reads as metrics, by stage. Amazon CloudWatch User Guide, "Specification: Embedded
 * metric format".
 *
 * @param at in milliseconds since the Unix epoch
 */
export function embeddedMetrics({ stage, at, metrics }: { stage: string; at: number; metrics: readonly Metric[] }) {
  const directive = {
    Namespace: "Orders",
    Dimensions: [["Stage"]],
    Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
  };
  return {
    _aws: { Timestamp: at, CloudWatchMetrics: [directive] },
    Stage: stage,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  };
}
