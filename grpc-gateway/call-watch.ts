import { status } from "@grpc/grpc-js";
import { DatabaseUnavailable } from "../core/db/errors.ts";

/** After calls have ended unanswered and none came for this long, nothing is known any more. In milliseconds. */
const forgetAfterMs = 5_000;

/** Notices when workers' calls come and none of them is answered. */
export class CallWatch {
  readonly #now: () => number;
  #underWay = 0;
  /** When calls began to come of which none was answered. */
  #unansweredSince: number | undefined;
  #lastEndedAt = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds of a clock that stands still while the process is frozen */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Does the work of a call, and notes how it ends. */
  async track<T>(work: () => Promise<T>): Promise<T> {
    this.#begin();
    let isAnswered = false;
    try {
      const answer = await work();
      isAnswered = true;
      return answer;
    } catch (error) {
      isAnswered = isAnswer(error);
      throw error;
    } finally {
      this.#end(isAnswered);
    }
  }

  /** For how long calls have come and none was answered, in milliseconds. */
  get stalledMs(): number {
    if (this.#unansweredSince === undefined || this.#isQuiet()) return 0;
    return this.#now() - this.#unansweredSince;
  }

  #isQuiet(): boolean {
    return this.#underWay === 0 && this.#now() - this.#lastEndedAt > forgetAfterMs;
  }

  #begin(): void {
    if (this.#unansweredSince === undefined || this.#isQuiet()) this.#unansweredSince = this.#now();
    this.#underWay += 1;
  }

  #end(isAnswered: boolean): void {
    this.#underWay -= 1;
    this.#lastEndedAt = this.#now();
    if (isAnswered) this.#unansweredSince = this.#underWay === 0 ? undefined : this.#lastEndedAt;
  }
}

/** A refusal is an answer; that MySQL did not do it in time, or that the caller waits no longer, is none. */
function isAnswer(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return false;
  return !(error instanceof Error && "code" in error && error.code === status.CANCELLED);
}
