import type { State } from "./state.ts";

/** The parts of the protocol that can be left out, to see what each is good for. */
export interface Guards {
  /** An update must carry the attempt that holds the order. */
  readonly fence: boolean;
  /** A claim ends by itself. */
  readonly lease: boolean;
  /** Between reading a row and writing it nobody else writes it. */
  readonly rowLock: boolean;
  /** A key is stored once. */
  readonly uniqueKey: boolean;
  /** What the queue lost is enqueued again. */
  readonly repair3: boolean;
  /** Only failures are counted, not every attempt. */
  readonly separateFailures: boolean;
  /** The watermark is the lowest value of a whole grace period. */
  readonly lookBack: boolean;
  /** An order is enqueued after its row is committed. */
  readonly commitFirst: boolean;
  /** A missing group is made at the beginning of the stream. */
  readonly groupAtZero: boolean;
  /** A repair leaves rows be that others hold. */
  readonly skipLocked: boolean;
  /** Orders that were lost with their worker are held in small groups. */
  readonly holdLimit: boolean;
}

export const allGuards: Guards = {
  fence: true,
  lease: true,
  rowLock: true,
  uniqueKey: true,
  repair3: true,
  separateFailures: true,
  lookBack: true,
  commitFirst: true,
  groupAtZero: true,
  skipLocked: true,
  holdLimit: true,
};

export const faultKinds = [
  /** A worker is killed, with all that it holds. */
  "kill worker",
  /** A worker is told to stop: it gives its work back. */
  "stop worker",
  /** Work fails, and may be tried again. */
  "work fails",
  /** A gateway is killed: what its relay knows is gone, and what it was about to enqueue. */
  "kill gateway",
  /** A handler is killed between its commit and its queue entry, or Redis does not take the entry. */
  "lose ring",
  /** A request or an answer is lost; MySQL failing between a commit and its answer is the same. */
  "lose message",
  /** A request arrives twice, the second time at any later moment. */
  "repeat request",
  /** The queue is empty of a sudden, as after FLUSHALL. */
  "flush queue",
  /** The consumer group is destroyed. */
  "destroy group",
  /** Redis fails over to an old copy: what was delivered is delivered again. */
  "stale queue",
  /** A transaction holds a row and does not end, as one whose process is frozen. */
  "hold row",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What is explored. */
export interface Protocol {
  readonly guards: Guards;
  readonly orders: number;
  readonly workers: number;
  readonly relays: number;
  readonly faults: number;
  readonly faultKinds: readonly FaultKind[];
  /** How often the client posts. */
  readonly posts: number;
  /** Whether all posts are the same one, sent again under its key. */
  readonly isOneKey: boolean;
  readonly cancels: number;
  /** In how many ticks somebody may be slower than the protocol's times assume. */
  readonly lateTicks: number;
  /** How long to look, in ticks: then nothing new goes wrong, and every order must end. */
  readonly horizon: number;
}

/** The time that may pass between an entry's delivery and its order's claim, in ticks. */
export const graceTicks = 1;

/** Overdue by more than this without being repaired is too long where nobody is late, in ticks. */
export const repairTicks = 1;

/** A step that the system can take from a state. */
export interface Step {
  readonly name: string;
  readonly next: State;
  readonly isFault?: boolean;
}
