/** Works on several things at once, and answers for each of them, in order. */
type Work<T, R> = (items: readonly T[], deadline: number) => Promise<readonly R[]>;

export interface GatheringOptions {
  /** How many pieces of work may be under way. */
  readonly underWay: number;
  /** How many things a piece of work may have. */
  readonly size: number;
  /** When a thing that comes now is given up, in milliseconds of the monotonic clock. */
  readonly deadline: () => number;
  /** Whether the things that failed together would fail alone as well. */
  readonly failsAll: (error: unknown) => boolean;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly deadline: number;
  readonly answer: PromiseWithResolvers<R>;
}

/**
 * Natural batches (D5): what comes while enough work is under way is worked on together afterwards. One thing alone
 * goes at once, and nothing waits for a timer.
 */
export class Gathering<T, R> {
  readonly #work: Work<T, R>;
  readonly #options: GatheringOptions;
  #waiting: Waiting<T, R>[] = [];
  #underWay = 0;

  constructor(work: Work<T, R>, options: GatheringOptions) {
    this.#work = work;
    this.#options = options;
  }

  /** Answers for this thing as the work does; fails as the work does, which is tried with this thing alone if need be. */
  add(item: T): Promise<R> {
    const answer = Promise.withResolvers<R>();
    this.#waiting.push({ item, deadline: this.#options.deadline(), answer });
    this.#next();
    return answer.promise;
  }

  #next(): void {
    if (this.#underWay >= this.#options.underWay || this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, this.#options.size);
    this.#underWay += 1;
    void this.#workOn(batch).finally(() => {
      this.#underWay -= 1;
      this.#next();
    });
  }

  /** Never fails: who waits is told. */
  async #workOn(batch: readonly Waiting<T, R>[]): Promise<void> {
    // The first one has waited longest.
    const deadline = batch[0]?.deadline ?? 0;
    try {
      const answers = await this.#work(
        batch.map(({ item }) => item),
        deadline,
      );
      batch.forEach(({ answer }, index) => {
        answer.resolve(answers[index] as R);
      });
    } catch (error) {
      if (batch.length > 1 && !this.#options.failsAll(error)) {
        // One of them may be to blame: it must not harm the others.
        for (const one of batch) await this.#workOn([one]);
      } else for (const { answer } of batch) answer.reject(error);
    }
  }
}
