/** A figure measured in every round of a run. */
export interface Sample {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** In the order of the rounds. */
  readonly values: readonly number[];
}

/** Percentiles in milliseconds, each over the rounds. */
export interface Latency {
  readonly p50: Sample;
  readonly p95: Sample;
  readonly p99: Sample;
}

/** What a process used in one phase. */
export interface ProcessUsage {
  readonly phase: "creates" | "drain";
  /** As the system calls it, or `mysql` and `redis`. */
  readonly process: string;
  readonly cpuSeconds: Sample;
  readonly cpuMicrosPerOrder: Sample;
  readonly peakMiB: Sample;
}

/** A system's figures; a part that was not measured is absent. */
export interface SystemResults {
  readonly name: string;
  readonly creates?: Creates | undefined;
  readonly drain?: Drain | undefined;
  /** From sending the POST to `completed`, at low load. */
  readonly toCompleted?: Latency | undefined;
  readonly usage: readonly ProcessUsage[];
}

/** `POST /orders` at 64 connections. */
interface Creates {
  readonly perSecond: Sample;
  readonly latencyMs: Latency;
  /** Requests of all rounds that were not answered with 2xx. */
  readonly failed: number;
}

/** Orders that waited, worked off until none was left or the time was over. */
interface Drain {
  readonly perSecond: Sample;
  readonly completed: Sample;
  readonly seconds: Sample;
}

/** What only this system has; a part that was not measured is absent. */
export interface OwnResults {
  /** One create as the Lambda runtime invokes it, and the bare INSERT and XADD on the same connections. */
  readonly handler?: { readonly handlerMs: number; readonly bareMs: number; readonly ratio: number } | undefined;
  readonly coldStart?: { readonly medianMs: number; readonly maxMs: number } | undefined;
  readonly bundle?: { readonly largest: { readonly name: string; readonly bytes: number } } | undefined;
  /** `POST /orders/batch`. */
  readonly batch?: { readonly ordersPerSecond: number } | undefined;
  readonly pages?: PageResults | undefined;
  readonly redis?: { readonly cpuMicrosPerOrder: number } | undefined;
  readonly memory?: { readonly workerMiB: number; readonly gatewayMiB: number } | undefined;
}

/** The page of `GET /orders` whose time grew most with the rows. */
interface PageResults {
  readonly worst: string;
  readonly small: { readonly rows: number; readonly ms: number };
  readonly large: { readonly rows: number; readonly ms: number };
  readonly ratio: number;
}

/** A goal, and what was reached. */
export interface Goal {
  readonly what: string;
  readonly wanted: string;
  /** Absent when the run did not measure it. */
  readonly measured?: string | undefined;
  /** Never true of what was not measured. */
  readonly isMet: boolean;
  readonly note?: string | undefined;
}

/** What a run measured. */
export interface Measured {
  /** When the run ended, RFC 3339. */
  readonly at: string;
  /** Too short to judge by. */
  readonly quick: boolean;
  readonly machine: {
    readonly cores: number;
    readonly cpu: string;
    readonly memoryGiB: number;
    readonly os: string;
  };
  readonly versions: { readonly mysql: string; readonly redis: string; readonly node: string; readonly go: string };
  /** MySQL's settings that make a commit durable, as they were found. */
  readonly durable: Readonly<Record<string, string>>;
  readonly repeats: number;
  /** How many orders waited when a drain began. */
  readonly waiting: number;
  readonly systems: readonly SystemResults[];
  /** The same SQL batches driven straight at MySQL: the limit of a drain. */
  readonly raw?: { readonly drainPerSecond: Sample } | undefined;
  readonly own: OwnResults;
}

/** What is kept of a run. */
export interface Results extends Measured {
  readonly goals: readonly Goal[];
}

/** The name of this system among the others. */
export const ownName = "orders";

/** @throws RangeError when there is no value, or one that is no number: a figure that failed must not look like one. */
export function sampleOf(values: readonly number[]): Sample {
  const odd = values.find((value) => !Number.isFinite(value));
  if (odd !== undefined) throw new RangeError(`A sample is made of finite numbers: ${odd} was measured.`);
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[0], sorted.at(-1)];
  const [below, above] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined || below === undefined || above === undefined) {
    throw new RangeError("A sample needs a value at least: measure one round or leave the figure out.");
  }
  return { median: (below + above) / 2, low, high, values };
}

/** A system's figures; undefined when it was left out. */
export function systemOf(measured: Measured, name: string): SystemResults | undefined {
  return measured.systems.find((system) => system.name === name);
}
