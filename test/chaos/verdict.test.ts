import { describe, expect, it } from "vitest";
import type { Account, Line } from "./books.ts";
import { illegality, judge } from "./verdict.ts";

const id = "01a20a5b-f61b-7e9e-b273-a59355d4c5f8";

function line(seq: number, status: Line["status"], attempt: number, worker: string | null, at = 1_000 + seq): Line {
  return { seq, status, attempt, worker, reason: null, at };
}

/** Taken from a worker, tried again by another, completed. */
const history = [
  line(1, "processing", 1, "a"),
  line(2, "pending", 1, "a"),
  line(3, "processing", 2, "b"),
  line(4, "completed", 2, "b"),
];
const posted = { item: "Laptop", quantity: 2, price: 1299.99 };
const completed: Account = {
  ...{ item: "Laptop", quantity: 2, price: "1299.99" },
  ...{ id, status: "completed", attempt: 2, version: 4, worker: "b", idempotencyKey: "AA" },
  ...{ isPutOff: false, isDue: false, createdAt: 1_000, completedAt: 1_004, history },
};
/** Clients who were told that these orders exist, and that these are cancelled. */
function toldOf(ids: string[], cancelled: string[] = []) {
  return { acknowledged: new Map(ids.map((one) => [one, posted])), cancelled };
}
const effects = [{ orderId: id, attempt: 2, worker: "b", at: 1_004 }];

/** The account with some lines of its history in another way. */
function told(changes: Record<number, Partial<Line>>): Account {
  return { ...completed, history: history.map((one) => ({ ...one, ...changes[one.seq] })) };
}

/** The account with its history cut after so many lines, and the row as it was then. */
function until(count: number, row: Partial<Account>): Account {
  return { ...completed, history: history.slice(0, count), version: count, completedAt: null, isDue: true, ...row };
}

it("finds nothing in what is right", () => {
  const accounts = [
    completed,
    until(0, { status: "pending", attempt: 0, worker: null }),
    until(1, { status: "processing", attempt: 1, worker: "a" }),
    until(2, { status: "pending", attempt: 1, worker: "a" }),
    { ...until(0, { status: "scheduled", attempt: 0, worker: null }), isPutOff: true },
  ];
  expect(accounts.map(illegality)).toEqual(accounts.map(() => undefined));
});

describe("an illegal history", () => {
  it.each([
    ["a line twice", told({ 4: { seq: 3 } }), "line 4 (completed): its number is 3"],
    ["a move that there is not", told({ 1: { status: "completed" } }), "line 1 (completed): it follows pending"],
    ["something after the end", told({ 2: { status: "completed" } }), "line 3 (processing): it follows completed"],
    ["an attempt that is left out", told({ 3: { attempt: 3 } }), "line 3 (processing): its attempt is 3 instead of 2"],
    ["an old attempt's end", told({ 4: { attempt: 1 } }), "line 4 (completed): its attempt is 1 instead of 2"],
    ["a claim of nobody", told({ 1: { worker: null } }), "line 1 (processing): no worker has claimed it"],
    ["a zombie's end", told({ 4: { worker: "a" } }), "line 4 (completed): a ended what b had claimed"],
    ["a time that goes back", told({ 4: { at: 1_002 } }), "line 4 (completed): it happened before the line before it"],
  ])("is found: %s", (_, account, problem) => expect(illegality(account)).toBe(problem));

  it.each<[string, Partial<Account>, string]>([
    ["version", { version: 5 }, "the row is at version 5, its history at 4"],
    ["status", { status: "failed" }, "the row is failed, its history ends completed"],
    ["attempt", { attempt: 3 }, "the row is at attempt 3, its history at 2"],
    ["worker", { worker: "a" }, "the row names a, its history b"],
    ["due time", { isDue: true }, "it is completed and due"],
    ["completion", { completedAt: 1_003 }, "completed_at is not when it was completed"],
  ])("is found: a row with another %s", (_, row, problem) =>
    expect(illegality({ ...completed, ...row })).toBe(problem),
  );

  it("is found: an order that nothing will ever look at", () => {
    const account = until(2, { status: "pending", attempt: 1, worker: "a", isDue: false });
    expect(illegality(account)).toBe("it is pending and not due");
  });
});

describe("the verdict", () => {
  const clean = { lost: [], stuck: [], doubled: [], illegal: [], untrue: [] };

  it("is clean when all is right", () => {
    expect(judge(toldOf([id]), [completed], effects)).toEqual(clean);
  });

  it("names what is lost, stuck and doubled", () => {
    expect(judge(toldOf([id, "other"]), [completed], effects)).toEqual({ ...clean, lost: ["other"] });
    const waiting = until(2, { status: "pending", attempt: 1, worker: "a", idempotencyKey: null });
    expect(judge(toldOf([]), [waiting], [])).toEqual({ ...clean, stuck: [`${id} is pending`] });
    const twin = { ...completed, id: "twin" };
    const ofTwin = { orderId: "twin", attempt: 2, worker: "b", at: 1_004 };
    expect(judge(toldOf([]), [completed, twin], [...effects, ofTwin])).toEqual({
      ...clean,
      doubled: [`${id} and twin were made of one key`],
    });
    const twice = [...history, line(5, "completed", 2, "b")];
    const { doubled } = judge(toldOf([]), [{ ...completed, history: twice }], effects);
    expect(doubled).toEqual([`${id} was completed 2 times`]);
  });

  it("names an order that is not as it was posted, and a cancellation that did not last", () => {
    const other = { ...completed, quantity: 3 };
    expect(judge(toldOf([id]), [other], effects).lost).toEqual([`${id} is 3 × Laptop at 1299.99`]);
    expect(judge(toldOf([id], [id]), [completed], effects).lost).toEqual([
      `the cancellation of ${id}, which is completed`,
    ]);
  });

  it("names what failed in the end", () => {
    const failed = told({ 4: { status: "failed" } });
    const { stuck } = judge(toldOf([id]), [{ ...failed, status: "failed", completedAt: null }], []);
    expect(stuck).toEqual([`${id} is failed`]);
  });

  it("names what was completed before its attempt had done its work, or without it", () => {
    const late = [{ orderId: id, attempt: 2, worker: "b", at: 1_005 }];
    const { untrue } = judge(toldOf([]), [completed], late);
    expect(untrue).toEqual([`${id}: attempt 2 of b was completed before it had its effect`]);
    const others = [{ orderId: id, attempt: 1, worker: "a", at: 1_001 }];
    expect(judge(toldOf([]), [completed], others).untrue).toEqual([
      `${id}: attempt 2 of b was completed although it had no effect`,
    ]);
  });
});
