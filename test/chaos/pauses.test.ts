import { expect, it } from "vitest";
import { quantile } from "../harness/quantile.ts";
import type { Account, Line } from "./books.ts";
import type { Happened } from "./inject.ts";
import { completionTimes, pauseOf, takeovers } from "./pauses.ts";

function happened(from: number, to: number, killed: number[] = []): Happened {
  const ended = killed.map((pid) => ({ pid, name: "worker-1", signal: "SIGKILL" as const }));
  const fault = { told: "", lastsMs: 0, inject: async () => ({}) };
  return { planned: { number: 1, atMs: 0, kind: "", fault }, from, to, ended };
}

function account(history: Partial<Line>[]): Account {
  return { history } as unknown as Account;
}

it("a pause is the longest time without a completion, from the last one before the fault on", () => {
  const completions = [0, 900, 4_000, 4_500, 20_000];
  expect(pauseOf(happened(1_000, 2_000), completions, 20_000)).toBe(15_500);
  expect(pauseOf(happened(1_000, 2_000), [0, 900, 4_000, 5_000, 6_000], 6_000)).toBe(3_100);
  expect(pauseOf(happened(1_000, 2_000), [1_500], 1_600)).toBe(500);
});

it("the times of completions are in order, whatever the order of the orders", () => {
  const orders = [
    account([{ status: "completed", at: 7 }]),
    account([
      { status: "processing", at: 1 },
      { status: "completed", at: 3 },
    ]),
  ];
  expect(completionTimes(orders)).toEqual([3, 7]);
});

it("a takeover is from a worker's kill to the order's next claim", () => {
  const lost = [
    { status: "processing", worker: "vm-77-aa", at: 100, reason: null },
    { status: "pending", worker: "vm-77-aa", at: 9_000, reason: "lease expired: worker vm-77-aa was not heard of" },
    { status: "processing", worker: "vm-78-bb", at: 9_200, reason: null },
  ] as const;
  const done = [
    { status: "processing", worker: "vm-77-aa", at: 100, reason: null },
    { status: "completed", worker: "vm-77-aa", at: 400, reason: null },
  ] as const;
  expect(takeovers([happened(500, 500, [77])], [account([...lost]), account([...done])])).toEqual([8_700]);
  expect(takeovers([happened(500, 500, [79])], [account([...lost])])).toEqual([]);
});

it("a quantile is a value that occurred", () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([3, 1, 2], 0.99)).toBe(3);
  expect(quantile([], 0.5)).toBeNaN();
});
