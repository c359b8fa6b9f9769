/** How much of everything is measured. */
export interface Plan {
  readonly repeats: number;
  /** Orders that wait when a drain begins. */
  readonly waiting: number;
  /** Orders of the drain that warms up, and for how long it may take, in seconds. */
  readonly warmUp: number;
  readonly warmUpSeconds: number;
  /** The longest time of a drain, in seconds. */
  readonly drainSeconds: number;
  /** How long MySQL may take before a drain to clean up what was before, in milliseconds. */
  readonly settleMs: number;
  /** For how long orders are posted at full speed, in seconds, after as many as it takes to warm up. */
  readonly createSeconds: number;
  readonly createWarmUpSeconds: number;
  /** Orders posted at low load, after others that warm up. */
  readonly single: number;
  readonly singleWarmUp: number;
  /** Rows of the large table whose pages are read. */
  readonly rows: number;
  /** Processes started anew to time their cold start. */
  readonly coldStarts: number;
}

export const fullPlan: Plan = {
  ...{ repeats: 3, waiting: 30_000, warmUp: 6_000, warmUpSeconds: 3, drainSeconds: 20, settleMs: 5_000 },
  ...{ createSeconds: 5, createWarmUpSeconds: 2, single: 200, singleWarmUp: 1_000, rows: 1_000_000, coldStarts: 15 },
};

export const quickPlan: Plan = {
  ...{ repeats: 1, waiting: 300, warmUp: 10, warmUpSeconds: 1, drainSeconds: 2, settleMs: 0 },
  ...{ createSeconds: 1, createWarmUpSeconds: 1, single: 3, singleWarmUp: 3, rows: 20_000, coldStarts: 1 },
};
