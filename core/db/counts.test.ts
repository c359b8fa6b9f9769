import { beforeEach, describe, expect, it } from "vitest";
import { entriesRead } from "../../test/harness/cost.ts";
import { useDatabase } from "../../test/harness/database.ts";
import { testPolicy } from "../../test/harness/gateway.ts";
import { live, lives } from "../../test/harness/life.ts";
import { countByStatus, rows, setDue, storeOrders } from "../../test/harness/orders.ts";
import { type OrderStatus, orderStatuses } from "../domain/order.ts";
import { legalEvents, type OrderEvent, transition } from "../domain/transitions.ts";
import { lockOrders, writeChanges } from "./changes.ts";
import { countOrders, keptCounts, oldestPendingAgeMs, refreshCounts } from "./counts.ts";
import type { Session } from "./database.ts";

const { database } = useDatabase();
const none = Object.fromEntries(orderStatuses.map((status) => [status, 0])) as Record<OrderStatus, number>;
const count = async () => (await database.run(countOrders)).counts;
const groupBy = async () => ({ ...none, ...(await countByStatus(database)) });
const kept = () => database.run(keptCounts);
const refresh = (maxAgeMs: number) => database.transaction((session) => refreshCounts(session, maxAgeMs));

beforeEach(async () => {
  for (const table of ["orders", "order_events", "order_totals", "order_counts"]) {
    await rows(database, `DELETE FROM ${table}`);
  }
});

const events: { readonly [T in OrderEvent["type"]]: OrderEvent } = {
  due: { type: "due" },
  claim: { type: "claim", workerId: "worker-1", leaseMs: 10_000 },
  complete: { type: "complete" },
  fail: { type: "fail", reason: "declined", retryable: false },
  release: { type: "release" },
  expire: { type: "expire" },
  cancel: { type: "cancel" },
  redrive: { type: "redrive" },
};

/** Like Math.random, and the same every time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Lets something happen to each of these orders, in one transaction. */
async function happenToAll(session: Session, ids: readonly string[], random: () => number): Promise<void> {
  const locked = await lockOrders(session, ids);
  const changes = locked.flatMap(({ order, now }) => {
    const legal = legalEvents(order.status);
    const type = legal[Math.floor(random() * legal.length)];
    const result = type && transition(order, events[type], now, testPolicy);
    return result === undefined || "illegal" in result ? [] : [{ id: order.id, from: order, ...result }];
  });
  await writeChanges(session, changes);
}

describe("the count of all orders", () => {
  it("of none is none of any status", async () => {
    expect(await count()).toEqual(none);
  });

  it("has those of each status, in the moment that it tells", async () => {
    for (const [index, status] of orderStatuses.entries()) {
      for (const { id } of await storeOrders(database, index + 1)) await live(database, id, lives[status]);
    }
    const { counts, asOf } = await database.run(countOrders);
    expect(counts).toEqual({ scheduled: 1, pending: 2, processing: 3, completed: 4, failed: 5, cancelled: 6 });
    const [now] = await rows<{ ageMs: number }>(
      database,
      "SELECT TIMESTAMPDIFF(MICROSECOND, ?, UTC_TIMESTAMP(3)) / 1000 AS ageMs",
      [asOf],
    );
    expect(Number(now?.ageMs)).toBeLessThan(5_000);
  });

  it.each([1, 2, 3])(
    "is that of the rows, whatever happens to them by many connections at once (chance %i)",
    async (seed) => {
      const random = chance(seed);
      const ids = (await storeOrders(database, 60)).map(({ id }) => id);
      for (let round = 0; round < 12; round++) {
        const batches = Array.from({ length: 4 }, () => ids.filter(() => random() < 0.3));
        await Promise.all(
          batches.map((batch) => database.transaction((session) => happenToAll(session, batch, random))),
        );
        expect(await count()).toEqual(await groupBy());
      }
      const counts = await count();
      expect(counts.completed + counts.failed + counts.cancelled).toBeGreaterThan(10);
    },
  );

  it("falls when a failed order is redriven, and rises when it fails again", async () => {
    const [order] = await storeOrders(database, 1);
    await live(database, order?.id ?? "", lives.failed);
    expect(await count()).toEqual({ ...none, failed: 1 });
    await live(database, order?.id ?? "", [{ type: "redrive" }]);
    expect(await count()).toEqual({ ...none, pending: 1 });
    await live(database, order?.id ?? "", lives.failed);
    expect(await count()).toEqual({ ...none, failed: 1 });
  });

  it("has nothing of a transaction that was rolled back", async () => {
    const ids = (await storeOrders(database, 5)).map(({ id }) => id);
    const broken = database.transaction(async (session) => {
      const locked = await lockOrders(session, ids);
      const result = (at: (typeof locked)[number]) => transition(at.order, events.cancel, at.now);
      await writeChanges(
        session,
        locked.flatMap((at) => {
          const next = result(at);
          return "illegal" in next ? [] : [{ id: at.order.id, from: at.order, ...next }];
        }),
      );
      throw new Error("changed its mind");
    });
    await expect(broken).rejects.toThrow("changed its mind");
    expect(await count()).toEqual({ ...none, pending: 5 });
  });
});

describe("counting", () => {
  /** The statement of the count, as it is sent. */
  async function statement(): Promise<string> {
    const sent: string[] = [];
    await database.run((session) => countOrders(noting(session, sent)));
    expect(sent).toHaveLength(1);
    return sent[0] ?? "";
  }

  it("reads the orders on their way from the index of D3 alone", async () => {
    await storeOrders(database, 20);
    const sql = await statement();
    const plan = await rows<{ table: string; key: string; Extra: string }>(
      database,
      `EXPLAIN FORMAT=TRADITIONAL ${sql}`,
    );
    const ofOrders = plan.filter(({ table }) => table === "orders");
    expect(ofOrders).toMatchObject([{ key: "orders_status_due_at", Extra: expect.stringContaining("Using index") }]);
  });

  it("reads none of the orders that ended", async () => {
    const cost = () => entriesRead(database, countOrders);
    await storeOrders(database, 10);
    const few = await cost();
    await rows(
      database,
      `INSERT INTO orders (id, item, quantity, price, status, created_at, updated_at)
      WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 900)
      SELECT RANDOM_BYTES(16), 'Laptop', 1, 1, ELT(1 + n % 3, 'completed', 'failed', 'cancelled'),
        UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM n`,
    );
    expect(await cost()).toBeLessThan(few + 20);
  });
});

describe("the count that is kept", () => {
  it("is none before the first, and then the last, with its age", async () => {
    expect(await kept()).toBeUndefined();
    await storeOrders(database, 3);
    await refresh(1_000);
    const first = await kept();
    expect(first).toMatchObject({ counts: { ...none, pending: 3 }, asOf: expect.any(Date) });
    expect(first?.ageMs).toBeLessThan(5_000);
    await age(60_000);
    expect((await kept())?.ageMs).toBeGreaterThanOrEqual(60_000);
  });

  it("stays while it is fresh, and is made anew when it is older", async () => {
    await refresh(1_000);
    await storeOrders(database, 2);
    await refresh(60_000);
    expect((await kept())?.counts).toEqual(none);
    await age(60_001);
    await refresh(60_000);
    expect(await kept()).toMatchObject({ counts: { ...none, pending: 2 } });
    expect((await kept())?.ageMs).toBeLessThan(30_000);
  });

  it("is made anew by one of many that find it old at once", async () => {
    await refresh(0);
    await age(60_000);
    expect(await countingsOf(8)).toBe(1);
  });

  it("is made for the first time by some of many, and is there after", async () => {
    await storeOrders(database, 2);
    expect(await countingsOf(8)).toBeGreaterThan(0);
    expect((await kept())?.counts).toEqual({ ...none, pending: 2 });
  });

  it("is left to whoever is making it", async () => {
    await refresh(0);
    await age(60_000);
    await database.transaction(async ({ connection }) => {
      await connection.query("SELECT * FROM order_counts FOR UPDATE");
      // Neither waits nor counts.
      expect(await countingsOf(3)).toBe(0);
    });
  });
});

describe("the age of the oldest pending order", () => {
  it("is 0 when none waits", async () => {
    const [order] = await storeOrders(database, 1);
    await live(database, order?.id ?? "", lives.processing);
    await setDue(database, [order?.id ?? ""], -60_000);
    expect(await database.run(oldestPendingAgeMs)).toBe(0);
  });

  it("is that of the one that has been in the queue for longest", async () => {
    const ids = (await storeOrders(database, 3)).map(({ id }) => id);
    await setDue(database, ids.slice(1, 2), -60_000);
    const ageMs = await database.run(oldestPendingAgeMs);
    expect(ageMs).toBeGreaterThanOrEqual(60_000);
    expect(ageMs).toBeLessThan(90_000);
  });

  it("is never below 0", async () => {
    const [order] = await storeOrders(database, 1);
    await setDue(database, [order?.id ?? ""], 60_000);
    expect(await database.run(oldestPendingAgeMs)).toBe(0);
  });
});

/** Makes the kept count older. */
async function age(ms: number): Promise<void> {
  await rows(database, "UPDATE order_counts SET as_of = as_of - INTERVAL ? MICROSECOND", [ms * 1_000]);
}

/** How many of so many that refresh at once count all orders. */
async function countingsOf(many: number): Promise<number> {
  const sent: string[] = [];
  const refreshing = () => database.transaction((session) => refreshCounts(noting(session, sent), 1_000));
  await Promise.all(Array.from({ length: many }, refreshing));
  return sent.filter((sql) => sql.includes("FROM order_totals")).length;
}

/** A session that notes its statements. */
function noting(session: Session, sent: string[]): Session {
  const connection = new Proxy(session.connection, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...values: unknown[]) => {
        if (name === "query") sent.push(String(values[0]));
        return value.apply(target, values);
      };
    },
  });
  return { ...session, connection };
}
