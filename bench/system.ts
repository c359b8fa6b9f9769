import type { Ground } from "./ground.ts";

/** A system that takes orders and works them off: this one, or what people would use instead. */
export interface System {
  /** As the tables call it. */
  readonly name: string;
  /** Builds what it runs from. Called once, before anything is measured. */
  prepare(ground: Ground): Promise<void>;
  /** Starts it on the database of this URL, which is empty, and on an empty Redis. It is ready when this returns. */
  start(ground: Ground, databaseUrl: string): Promise<RunningSystem>;
}

/** A system that runs. */
export interface RunningSystem {
  /** Where it takes `POST /orders`: `http://host:port`. */
  readonly url: string;
  /** The pids of its processes by what they do, such as `http` and `worker`; MySQL and Redis are not among them. */
  readonly processes: ReadonlyMap<string, number>;
  /** Freezes its workers. When this returns, what is enqueued stays in the queue. */
  pause(): Promise<void>;
  /** Lets its workers go on. */
  resume(): void;
  /** Stores and enqueues this many orders, while its workers are paused. */
  fill(orders: number): Promise<void>;
  /** How many orders are completed, as MySQL has it. */
  completed(): Promise<number>;
  /** Whether the order with the id that a `POST` answered is completed, as MySQL has it. */
  isCompleted(id: string): Promise<boolean>;
  /** How many orders there are, as MySQL has it. */
  stored(): Promise<number>;
  stop(): Promise<void>;
}
