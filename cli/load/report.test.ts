import { expect, it } from "vitest";
import { verdicts } from "./judge.ts";
import { isAsPromised, type LoadReport } from "./report.ts";

const none = Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as LoadReport["verdicts"];
const sent = { seconds: 1, sent: 3, sentAgain: {}, verdicts: none };

it.each([
  { acknowledged: 3, refused: 0, unanswered: 0, isWell: true },
  { acknowledged: 0, refused: 0, unanswered: 0, isWell: false },
  { acknowledged: 2, refused: 1, unanswered: 0, isWell: false },
  { acknowledged: 2, refused: 0, unanswered: 1, isWell: false },
])(
  "a load is as promised when all was acknowledged: $acknowledged, $refused refused, $unanswered unanswered",
  (one) => {
    expect(isAsPromised({ ...sent, ...one, amiss: [] })).toBe(one.isWell);
  },
);
