import { type Progress, progressOf } from "./progress.ts";
import { factsOf, type Situation } from "./situation.ts";
import { type Trouble, troublesOf } from "./troubles.ts";

/** Where an order is, what comes next, and what is amiss: whole sentences for people who do not know the code. */
export interface Explanation extends Progress {
  /** What keeps the order, or kept it; empty when all is well. */
  readonly troubles: readonly Trouble[];
}

/** Explains an order. Pure: the same situation gives the same explanation, and every situation has one. */
export function explain(situation: Situation): Explanation {
  const facts = factsOf(situation);
  return { ...progressOf(facts), troubles: troublesOf(facts) };
}
