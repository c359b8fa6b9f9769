import { describe, expect, it } from "vitest";
import { explain } from "./explain.ts";
import { attemptEnds, newOrder, type Order, type OrderState, orderStatuses } from "./order.ts";
import type { QueueSight, Situation } from "./situation.ts";
import { type TroubleCode, troubleCodes } from "./troubles.ts";

const now = new Date("2026-11-23T12:00:00.000Z");
const inMs = (ms: number) => new Date(now.getTime() + ms);
const policy = { maxFailures: 5, leaseMs: 10_000, relayIntervalMs: 1_000, graceMs: 5_000 };
const content = { item: "Laptop", quantity: 2, priceCents: 129_999, runAt: null };
const created = newOrder("01a2090f-79ac-7a03-964f-3256223620c7", content, inMs(-60_000));
const idle: QueueSight = { depth: 0, oldestAgeMs: 0, workers: [{ id: "vm-12-ab", lastSeenAgoMs: 400 }] };
const nobody: QueueSight = { depth: 0, oldestAgeMs: 0, workers: [{ id: "vm-12-ab", lastSeenAgoMs: 20_000 }] };
const busy: QueueSight = {
  ...{ depth: 1_201, oldestAgeMs: 40_000 },
  workers: [...idle.workers, { id: "vm-13-cd", lastSeenAgoMs: 4_900 }],
};

/** An order in whatever state, and how all else is: well, unless told otherwise. */
function situation(state: Partial<Order>, others: Partial<Omit<Situation, "order" | "now">> = {}): Situation {
  return { order: { ...created, ...state }, now, queue: idle, countAgeMs: 1_200, policy, ...others };
}

const held = {
  status: "processing",
  attempt: 2,
  workerId: "vm-12-ab",
  failures: 1,
} as const satisfies Partial<OrderState>;
const declined = {
  attempt: 2,
  attemptEnd: "failed",
  failures: 2,
  reason: "billing: 503",
  workerId: "vm-12-ab",
} as const;
const lost = { attempt: 3, attemptEnd: "expired", failures: 3, workerId: "vm-12-ab" } as const;
const silence = "lease expired: worker vm-12-ab was not heard of";
const ended = { dueAt: null, attempt: 2, workerId: "vm-12-ab", updatedAt: inMs(-5_000) } as const;

const cases: {
  what: string;
  given: Situation;
  where: string | RegExp;
  next: string | RegExp;
  nextAt?: Date;
  troubles?: TroubleCode[];
}[] = [
  {
    what: "scheduled by its runAt",
    given: situation({ status: "scheduled", runAt: inMs(7_200_000), dueAt: inMs(7_200_000) }),
    where: "Scheduled: it was created to run at 2026-11-23T14:00:00.000Z, and not before.",
    next: "It goes into the queue in 2 h, where the first worker that is free takes it.",
    nextAt: inMs(7_200_000),
  },
  {
    what: "scheduled by its runAt while no worker runs",
    given: situation({ status: "scheduled", runAt: inMs(60_000), dueAt: inMs(60_000) }, { queue: nobody }),
    where: /^Scheduled: /,
    next: /^It goes into the queue in 60 s/,
    nextAt: inMs(60_000),
    troubles: ["no-worker"],
  },
  {
    what: "scheduled by the backoff after a failure",
    given: situation({ ...declined, status: "scheduled", updatedAt: inMs(-3_000), dueAt: inMs(4_000) }),
    where: 'Waiting to be tried again: attempt 2 failed 3 s ago: "billing: 503"; 2 of 5 failures used up.',
    next: "It goes into the queue again in 4 s, where the first worker that is free takes it.",
    nextAt: inMs(4_000),
    troubles: ["failed-before"],
  },
  {
    what: "scheduled after its workers died again",
    given: situation({ ...lost, reason: silence, status: "scheduled", updatedAt: inMs(-3_000), dueAt: inMs(4_000) }),
    where: `Waiting to be tried again: attempt 3 was lost with its worker 3 s ago: "${silence}"; 3 of 5 failures used up.`,
    next: /^It goes into the queue again in 4 s/,
    nextAt: inMs(4_000),
    troubles: ["lost-by-workers"],
  },
  {
    what: "scheduled and just due",
    given: situation({ status: "scheduled", runAt: inMs(-500), dueAt: inMs(-500) }),
    where: /^Scheduled: /,
    next: "It is due: a gateway puts it into the queue within about 1 s.",
  },
  {
    what: "scheduled and overdue, because no gateway runs",
    given: situation({ status: "scheduled", runAt: inMs(-12_000), dueAt: inMs(-12_000) }, { countAgeMs: 15_000 }),
    where: /^Scheduled: /,
    next: "It is due, and goes into the queue as soon as a gateway runs.",
    troubles: ["gateway-silent", "overdue"],
  },
  {
    what: "pending and first in the queue",
    given: situation({ dueAt: inMs(-300) }),
    where:
      "Waiting in the queue for 300 ms; no worker has claimed it since it was created. No order is ahead of it, 1 worker reading.",
    next: "A worker claims it when its turn comes.",
  },
  {
    what: "pending behind many others",
    given: situation({ dueAt: inMs(-30_000) }, { queue: busy }),
    where:
      "Waiting in the queue for 30 s; no worker has claimed it since it was created. Up to 1,200 orders are ahead of it, 2 workers reading.",
    next: "A worker claims it when its turn comes.",
    troubles: ["backlog"],
  },
  {
    what: "pending after its runAt",
    given: situation({ runAt: inMs(-400), dueAt: inMs(-300) }),
    where: /^Waiting in the queue for 300 ms, since its time has come; no worker has claimed it yet\. /,
    next: /^A worker claims it/,
  },
  {
    what: "pending and nobody reads",
    given: situation({ dueAt: inMs(-30_000) }, { queue: { ...nobody, depth: 2, oldestAgeMs: 30_000 } }),
    where: /Up to 1 order is ahead of it, no worker is reading\.$/,
    next: "It is claimed as soon as a worker runs.",
    troubles: ["no-worker"],
  },
  {
    what: "pending while Redis is away",
    given: situation({ dueAt: inMs(-3_000) }, { queue: null }),
    where: /Redis does not answer, so its place in the queue is not known\.$/,
    next: "Once Redis is back, it is enqueued again within about 7 s, if need be.",
    troubles: ["redis-unavailable"],
  },
  {
    what: "pending while Redis and every gateway are away",
    given: situation({ dueAt: inMs(-3_000) }, { queue: null, countAgeMs: null }),
    where: /^Waiting in the queue for 3 s; /,
    next: /^Once Redis and a gateway are back, /,
    troubles: ["redis-unavailable", "gateway-silent"],
  },
  {
    what: "pending and read a moment ago",
    given: situation({ dueAt: inMs(-3_000) }),
    where: /Its entry is not in the queue any more: a worker is taking it this moment, or its entry was lost\.$/,
    next: "Unless it is claimed, it is enqueued again in about 4 s.",
    nextAt: inMs(4_000),
  },
  {
    what: "pending and lost from the queue",
    given: situation({ dueAt: inMs(-9_000) }),
    where: /Its entry is not in the queue any more: no worker has claimed it\.$/,
    next: "Unless it is claimed, it is enqueued again within about 7 s.",
    troubles: ["entry-lost"],
  },
  {
    what: "pending, lost from the queue, with neither worker nor gateway",
    given: situation({ ...declined, dueAt: inMs(-90_000) }, { queue: nobody, countAgeMs: 60_000 }),
    where:
      /^Waiting in the queue for 90 s, to be tried again: attempt 2 failed: "billing: 503"; 2 of 5 failures used up\. /,
    next: "It is enqueued again as soon as a gateway runs.",
    troubles: ["gateway-silent", "no-worker", "entry-lost", "failed-before"],
  },
  {
    what: "pending after a release",
    given: situation({ attempt: 1, attemptEnd: "released", workerId: "vm-12-ab", dueAt: inMs(-200) }),
    where: /^Waiting in the queue for 200 ms, since worker vm-12-ab gave it back when it was stopped\. /,
    next: /^A worker claims it/,
  },
  {
    what: "pending after its lease expired",
    given: situation({ ...lost, failures: 1, attempt: 1, reason: silence, dueAt: inMs(-200) }),
    where: /^Waiting in the queue for 200 ms, to be tried again: attempt 1 was lost with its worker: "lease expired: /,
    next: /^A worker claims it/,
    troubles: ["lost-by-workers"],
  },
  {
    what: "pending after a redrive",
    given: situation({ attempt: 5, attemptEnd: "failed", failures: 0, dueAt: inMs(-200) }),
    where: /^Waiting in the queue for 200 ms, since it was redriven after attempt 5\. /,
    next: /^A worker claims it/,
  },
  {
    what: "processing",
    given: situation({ ...held, dueAt: inMs(7_000) }),
    where: "Processing on worker vm-12-ab, attempt 2; 1 of 5 failures used up. Its lease ends in 7 s.",
    next: "When the work is done it is completed. The worker renews its lease of 10 s while it works; if it goes silent, the order is taken back: it is then tried again after a pause.",
    nextAt: inMs(7_000),
    troubles: ["failed-before"],
  },
  {
    what: "processing for the first time",
    given: situation({ ...held, attempt: 1, failures: 0, dueAt: inMs(7_000) }),
    where: "Processing on worker vm-12-ab, attempt 1; 0 of 5 failures used up. Its lease ends in 7 s.",
    next: /taken back: it then goes into the queue again at once\.$/,
    nextAt: inMs(7_000),
  },
  {
    what: "processing on a worker that the queue knows no more",
    given: situation({ ...held, failures: 0, workerId: "vm-9-zz", dueAt: inMs(7_000) }),
    where: /^Processing on worker vm-9-zz/,
    next: /^When the work is done/,
    nextAt: inMs(7_000),
    troubles: ["no-worker"],
  },
  {
    what: "processing on a worker that does not ask any more",
    given: situation({ ...held, failures: 0, dueAt: inMs(7_000) }, { queue: nobody }),
    where: /^Processing on worker vm-12-ab/,
    next: /^When the work is done/,
    nextAt: inMs(7_000),
    troubles: ["no-worker"],
  },
  {
    what: "processing with an expired lease",
    given: situation({ ...held, failures: 0, dueAt: inMs(-400) }, { queue: nobody }),
    where:
      "It was being processed on worker vm-12-ab, attempt 2, whose lease ended 400 ms ago without a word from it; 0 of 5 failures used up.",
    next: "A gateway takes it back within about 1 s: it then goes into the queue again at once.",
    troubles: ["lease-expired"],
  },
  {
    what: "processing with an expired lease at its last chance, and no gateway",
    given: situation({ ...held, failures: 4, dueAt: inMs(-40_000) }, { countAgeMs: 40_000 }),
    where: /whose lease ended 40 s ago/,
    next: "It is taken back as soon as a gateway runs: its failures are then used up, and it is failed.",
    troubles: ["gateway-silent", "lease-expired", "failed-before"],
  },
  {
    what: "completed",
    given: situation({ ...ended, status: "completed", completedAt: inMs(-5_000) }, { queue: null, countAgeMs: null }),
    where: "Completed at 2026-11-23T11:59:55.000Z by worker vm-12-ab in attempt 2, 55 s after it was created.",
    next: "Nothing: it is done.",
  },
  {
    what: "completed after its runAt",
    given: situation({ ...ended, status: "completed", completedAt: inMs(-5_000), runAt: inMs(-6_500) }),
    where: /by worker vm-12-ab in attempt 2, 1\.5 s after its time had come\.$/,
    next: "Nothing: it is done.",
  },
  {
    what: "failed for good",
    given: situation({ ...ended, status: "failed", failures: 1, reason: "no such address\n" }),
    where: 'Failed at 2026-11-23T11:59:55.000Z in attempt 2: "no such address".',
    next: "Nothing, until somebody redrives it (POST /orders/{id}/redrive): it is then tried again, up to 5 failures.",
    troubles: ["failed-permanently"],
  },
  {
    what: "failed with its failures used up",
    given: situation({ ...ended, status: "failed", failures: 5, reason: "billing: 503" }),
    where: /^Failed at .* in attempt 2: "billing: 503"\.$/,
    next: /^Nothing, until somebody redrives it/,
    troubles: ["failures-used-up"],
  },
  {
    what: "failed because its workers died",
    given: situation({ ...ended, status: "failed", failures: 5, reason: silence }),
    where: /^Failed at /,
    next: /^Nothing, until somebody redrives it/,
    troubles: ["lost-by-workers"],
  },
  {
    what: "cancelled",
    given: situation({ ...ended, status: "cancelled", attempt: 0, workerId: null }),
    where: "Cancelled at 2026-11-23T11:59:55.000Z, before any worker had claimed it.",
    next: "Nothing: a cancelled order stays as it is. Create another one if it is wanted after all.",
  },
  {
    what: "cancelled between two attempts",
    given: situation({ ...ended, status: "cancelled", failures: 1, reason: "billing: 503" }),
    where: "Cancelled at 2026-11-23T11:59:55.000Z, after attempt 2.",
    next: /^Nothing/,
  },
];

describe("an order that is", () => {
  it.each(cases)("$what", ({ given, where, next, nextAt, troubles = [] }) => {
    const told = explain(given);
    expect({ ...told, troubles: told.troubles.map(({ code }) => code) }).toEqual({
      where: where instanceof RegExp ? expect.stringMatching(where) : where,
      next: next instanceof RegExp ? expect.stringMatching(next) : next,
      nextAt: nextAt ?? null,
      troubles,
    });
  });
});

it("whoever holds an order now is not blamed for the worker that lost it", () => {
  const { troubles } = explain(situation({ ...held, workerId: "vm-9-zz", reason: silence, dueAt: inMs(7_000) }));
  const told = troubles.find(({ code }) => code === "lost-by-workers");
  expect(told?.detail).toContain("worker vm-12-ab was not heard of");
  expect(JSON.stringify(told)).not.toContain("vm-9-zz");
});

it("every kind of trouble is told of in a case above", () => {
  expect(new Set(cases.flatMap(({ troubles = [] }) => troubles))).toEqual(new Set(troubleCodes));
});

/** Every combination of what can be of a kind, those that cannot happen together as well. */
function* everySituation(): Generator<Situation> {
  const dueTimes = [null, inMs(-86_400_000), inMs(-60_000), inMs(-9_000), inMs(-3_000), inMs(-500), now, inMs(4_000)];
  for (const status of orderStatuses)
    for (const dueAt of dueTimes)
      for (const attempt of [0, 7])
        for (const attemptEnd of [null, ...attemptEnds])
          for (const failures of [0, 1, 4, 5])
            for (const reason of [null, "card declined", silence])
              for (const workerId of [null, "vm-12-ab", "vm-9-zz"])
                for (const queue of [null, idle, nobody, busy])
                  for (const countAgeMs of [null, 1_000, 60_000]) {
                    const state = { status, dueAt, attempt, attemptEnd, failures, reason, workerId };
                    const runAt = attempt === 7 ? inMs(-30_000) : null;
                    yield situation({ ...state, runAt }, { queue, countAgeMs });
                  }
}

/** What is wrong with what an explanation says; undefined when nothing is. */
function fault({ where, next, nextAt, troubles }: ReturnType<typeof explain>): string | undefined {
  const texts = [where, next, ...troubles.flatMap(({ detail, fix }) => [detail, fix])];
  const odd = texts.find(
    (text) => !/^[A-Z\d].{8,}\.$/s.test(text) || /undefined|NaN|null|Invalid|\[object|-\d+ (ms|s)\b/.test(text),
  );
  if (odd !== undefined) return odd;
  if (nextAt !== null && !(nextAt > now)) return `what comes next was at ${nextAt.toISOString()}`;
  return new Set(troubles.map(({ code }) => code)).size < troubles.length ? "a trouble is told twice" : undefined;
}

it("every situation is explained in whole sentences, with what comes next in the future", () => {
  let count = 0;
  for (const given of everySituation()) {
    count += 1;
    const found = fault(explain(given));
    if (found !== undefined) expect.fail(`${JSON.stringify(given)}: ${found}`);
  }
  expect(count).toBe(207_360);
}, 60_000);

it("an explanation holds for other settings, too", () => {
  const hasty = { maxFailures: 1, leaseMs: 500, relayIntervalMs: 50, graceMs: 100 };
  for (const status of orderStatuses) {
    for (const failures of [0, 1]) {
      const given = situation({ status, failures, attempt: failures, reason: silence }, { policy: hasty });
      expect(fault(explain(given))).toBeUndefined();
    }
  }
});

it("an order that was lost and is in work again sends nobody to the log of the worker that has it now", () => {
  const [trouble] = explain(
    situation({ ...held, workerId: "vm-13-cd", reason: silence, dueAt: inMs(7_000) }, { queue: busy }),
  ).troubles;
  expect(trouble).toMatchObject({ code: "lost-by-workers", detail: expect.stringContaining(silence) });
  expect(trouble?.fix).not.toContain("vm-13-cd");
});
