import { ReplyError } from "ioredis";
import { DatabaseTooSlow, isUnavailable } from "../core/db/errors.ts";
import type { Logger } from "../core/telemetry/log.ts";

/** What a step of the relay needs. */
export type Need = "mysql" | "redis";

/** Undefined before the first look. */
type State = "ok" | "away" | undefined;

/** How the relay last found what it needs. */
export interface RelayHealth {
  readonly mysql: State;
  readonly redis: State;
  /** The steps that last failed although what they need is there. */
  readonly failing: readonly FailingStep[];
  /** The steps that last took longer than they may although MySQL answers. */
  readonly slow: readonly FailingStep[];
  /** When it last got on with its work, in milliseconds of the monitor's clock. */
  readonly lastProgressAt: number;
}

export interface FailingStep {
  readonly name: string;
  /** How long after its first failure in a row the last one was, in milliseconds. */
  readonly forMs: number;
}

type Result = "ok" | "away" | "failing" | "slow";

interface Step {
  readonly need: Need;
  readonly result: Result;
}

const tooSlow =
  "a step of the relay takes longer than it may, although MySQL answers: look for long transactions that hold purge back " +
  "(npm run orders -- doctor names them)";

interface NotedStep extends Step {
  /** When it went like this first, in a row, and last. */
  readonly since: number;
  readonly at: number;
}

/**
 * Keeps how each step of the relay went the last time, and tells operators of what changes: once when it begins and once
 * when it is over. One step of several finding MySQL away is enough to call it so, until that step finds it again.
 */
export class RelayMonitor {
  readonly #log: Logger;
  readonly #onMysql: (isThere: boolean) => void;
  readonly #now: () => number;
  readonly #mysqlAnswers: () => Promise<boolean>;
  readonly #steps = new Map<string, NotedStep>();
  #lastProgressAt: number;

  /**
   * @param onMysql told when MySQL is lost and when it is back
   * @param now milliseconds of a clock that stands still while the process is frozen
   * @param mysqlAnswers asked when a step took longer than it may: whether that is the step's fault, and MySQL is there
   */
  constructor(
    log: Logger,
    onMysql: (isThere: boolean) => void,
    now: () => number,
    mysqlAnswers: () => Promise<boolean> = async () => false,
  ) {
    this.#mysqlAnswers = mysqlAnswers;
    this.#log = log;
    this.#onMysql = onMysql;
    this.#now = now;
    this.#lastProgressAt = now();
  }

  get health(): RelayHealth {
    return {
      mysql: this.#stateOf("mysql"),
      redis: this.#stateOf("redis"),
      failing: this.#stepsThatWent("failing"),
      slow: this.#stepsThatWent("slow"),
      lastProgressAt: this.#lastProgressAt,
    };
  }

  /** Notes that the relay gets on, however long its step may take. */
  progress(): void {
    this.#lastProgressAt = this.#now();
  }

  /** Tries a step. Never throws: answers undefined when it failed, which is tried again in the next round. */
  async attempt<T>(name: string, need: Need, work: () => Promise<T>): Promise<T | undefined> {
    this.progress();
    try {
      const answer = await work();
      this.#note(name, { need, result: "ok" });
      return answer;
    } catch (error) {
      this.#note(name, { need, result: await this.#whatIsWrong(need, error) }, error);
      return undefined;
    }
  }

  /** Forgets how a step went, when it cannot be tried for now. */
  skip(name: string): void {
    const step = this.#steps.get(name);
    if (step === undefined) return;
    const before = this.#stateOf(step.need);
    this.#steps.delete(name);
    this.#tellNeed(step.need, before);
  }

  /** A look that passes over millions of dead index entries is late, and claims go through all the same. */
  async #whatIsWrong(need: Need, error: unknown): Promise<Result> {
    if (!isAway(need, error)) return "failing";
    return error instanceof DatabaseTooSlow && (await this.#mysqlAnswers()) ? "slow" : "away";
  }

  #note(name: string, step: Step, error?: unknown): void {
    const [before, last, at] = [this.#stateOf(step.need), this.#steps.get(name), this.#now()];
    this.#steps.set(name, { ...step, since: last?.result === step.result ? last.since : at, at });
    this.#tellNeed(step.need, before, error);
    if (step.result !== last?.result) this.#tellStep(name, step.result, last?.result, error);
  }

  #tellStep(step: string, result: Result, before: Result | undefined, error: unknown): void {
    if (result === "failing") {
      this.#log.error({ err: error, step }, "a step of the relay fails, and is tried again every round");
    }
    if (result === "slow") this.#log.error({ err: error, step }, tooSlow);
    if (result !== "ok") return;
    if (before === "failing") this.#log.info({ step }, "a step of the relay works again");
    if (before === "slow") this.#log.info({ step }, "a step of the relay is fast enough again");
  }

  #stepsThatWent(how: Result): readonly FailingStep[] {
    return [...this.#steps]
      .filter(([, { result }]) => result === how)
      .map(([name, { since, at }]) => ({ name, forMs: at - since }));
  }

  #tellNeed(need: Need, before: State, error?: unknown): void {
    const state = this.#stateOf(need);
    if (state === before) return;
    if (state === "away") this.#log.warn({ err: error }, `${need} is away`);
    else if (before === "away") this.#log.info(`${need} is back`);
    if (need === "mysql") this.#onMysql(state !== "away");
  }

  #stateOf(need: Need): State {
    const steps = [...this.#steps.values()].filter((step) => step.need === need);
    if (steps.length === 0) return undefined;
    return steps.some(({ result }) => result === "away") ? "away" : "ok";
  }
}

/** Whether an error says that what was needed is not there; any other is a fault that somebody must look at. */
function isAway(need: Need, error: unknown): boolean {
  // An error that Redis itself answered with is a refusal.
  return need === "mysql" ? isUnavailable(error) : !(error instanceof ReplyError);
}
