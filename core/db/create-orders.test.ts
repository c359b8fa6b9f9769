import { createHash } from "node:crypto";
import { drizzle } from "drizzle-orm/mysql2";
import { afterAll, describe, expect, it } from "vitest";
import { useDatabase } from "../../test/harness/database.ts";
import { live, lives } from "../../test/harness/life.ts";
import { rows } from "../../test/harness/orders.ts";
import { createBirths } from "../domain/identity.ts";
import { newOrder, type Order, orderStatuses } from "../domain/order.ts";
import { type Creation, createOrders, type NewOrder } from "./create-orders.ts";
import { Database } from "./database.ts";
import { isConflict } from "./errors.ts";

const { database, url } = useDatabase();
/** As the handlers have it: under the server's own isolation level, REPEATABLE READ. */
const handlers = new Database({ url, connections: 12, timeoutMs: 20_000 });
afterAll(() => handlers.close());
const nextBirth = createBirths(Date.now);
const sha256 = (text: string) => createHash("sha256").update(text).digest();

/** A new order; with a key, its fingerprint is that of its quantity. */
function wanted(key?: string, quantity = 2): NewOrder {
  const { id, createdAt } = nextBirth();
  const order = newOrder(id, { item: "Laptop", quantity, priceCents: 129_999, runAt: null }, createdAt);
  const idempotency = key === undefined ? undefined : { key: sha256(key), fingerprint: sha256(`${quantity}`) };
  return { order, idempotency };
}

let conflicts = 0;

/** Creates orders, and counts the deadlocks that are tried again and so show in no answer. */
function create(...orders: NewOrder[]): Promise<readonly Creation[]> {
  return handlers.run((session) =>
    createOrders(session, orders).catch((error: unknown) => {
      if (isConflict(error)) conflicts += 1;
      throw error;
    }),
  );
}

const idOf = (creation: Creation | undefined) =>
  creation === undefined || creation.outcome === "conflict" ? undefined : creation.order.id;
const outcomes = (creations: readonly Creation[]) => creations.map(({ outcome }) => outcome);
const count = <T>(n: number, value: (index: number) => T) => Array.from({ length: n }, (_, index) => value(index));

/** The ids of the orders that were made with these keys, one for each row. */
async function idsOf(keys: readonly string[]): Promise<string[]> {
  const found = await rows<{ id: string }>(
    database,
    "SELECT BIN_TO_UUID(id) AS id FROM orders WHERE idempotency_key IN (?)",
    [keys.map(sha256)],
  );
  return found.map(({ id }) => id);
}

/** Like Math.random, and the same every time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ value }) => value);
}

describe("a key", () => {
  it("makes one order, and is a replay of it after that", async () => {
    const first = wanted("once");
    expect(await create(first)).toEqual([{ outcome: "created", order: first.order }]);
    const [again] = await create(wanted("once"));
    expect([again?.outcome, idOf(again)]).toEqual(["replayed", first.order.id]);
    expect(await idsOf(["once"])).toEqual([first.order.id]);
  });

  it("with another order is a conflict, which stores nothing", async () => {
    const first = wanted("taken");
    await create(first);
    expect(await create(wanted("taken", 3))).toEqual([{ outcome: "conflict" }]);
    expect(await idsOf(["taken"])).toEqual([first.order.id]);
  });

  it.each(orderStatuses)("is a replay, with the order as it is now, when that is %s", async (status) => {
    const first = wanted(`is ${status}`);
    await create(first);
    await live(database, first.order.id, lives[status]);
    expect(await create(wanted(`is ${status}`))).toMatchObject([
      { outcome: "replayed", order: { id: first.order.id, status } },
    ]);
  });

  it("of an order that is created twice by one call, whose first answer was lost, is no replay", async () => {
    const first = wanted("lost answer");
    await create(first);
    expect(await create(first)).toEqual([{ outcome: "created", order: first.order }]);
  });
});

describe("many orders in one call", () => {
  it("of which some have been made before are told apart, and each is answered in its place", async () => {
    const [old, taken] = [wanted("old"), wanted("of another")];
    await create(old, taken);
    const orders = [wanted(), wanted("old"), wanted("new"), wanted("of another", 7), wanted()];
    const creations = await create(...orders);
    expect(outcomes(creations)).toEqual(["created", "replayed", "created", "conflict", "created"]);
    expect([0, 2, 4].map((at) => idOf(creations[at]))).toEqual([0, 2, 4].map((at) => orders[at]?.order.id));
    expect(idOf(creations[1])).toBe(old.order.id);
    expect(await idsOf(["old", "new", "of another"])).toHaveLength(3);
  });

  it("with one key share the first of them; one that is not equal is a conflict", async () => {
    const orders = [wanted("shared"), wanted("shared"), wanted("shared", 9), wanted("shared")];
    const creations = await create(...orders);
    expect(outcomes(creations)).toEqual(["created", "replayed", "conflict", "replayed"]);
    expect(await idsOf(["shared"])).toEqual([orders[0]?.order.id]);
  });

  it("are all stored or none: one that fits no column leaves none of the others", async () => {
    const good = wanted("good");
    const bad = wanted("bad");
    const tooLong: Order = { ...bad.order, item: "x".repeat(256) };
    await expect(create(good, { ...bad, order: tooLong })).rejects.toThrow();
    expect(await idsOf(["good", "bad"])).toEqual([]);
  });

  it("that are none is nothing", async () => {
    expect(await create()).toEqual([]);
  });

  it("are sent again by a call whose connection was lost, and stored once", async () => {
    const orders = count(20, (index) => wanted(index % 2 === 0 ? `resent ${index}` : undefined));
    await create(...orders);
    const again = await create(...orders);
    expect(again).toEqual(orders.map(({ order }) => ({ outcome: "created", order })));
  });
});

describe("calls at the same time", () => {
  it("with one key make one order, created by one of them", async () => {
    const creations = (await Promise.all(count(50, () => create(wanted("at once"))))).flat();
    expect(new Set(creations.map(idOf)).size).toBe(1);
    expect(outcomes(creations).filter((outcome) => outcome === "created")).toHaveLength(1);
    expect(await idsOf(["at once"])).toHaveLength(1);
  });

  it.each([
    // Two never deadlock. Of more, those that wait for one which is rolled back may: then they are tried again.
    { calls: 2, size: 50, rounds: 60, mayConflict: false },
    { calls: 6, size: 20, rounds: 20, mayConflict: true },
  ])(
    "with the same keys in other orders make none twice ($calls calls)",
    async ({ calls, size, rounds, mayConflict }) => {
      const random = chance(calls);
      conflicts = 0;
      for (let round = 0; round < rounds; round++) {
        const keys = count(size, (index) => `${calls} calls, round ${round}, key ${index}`);
        const batches = count(calls, () => shuffled(keys, random).slice(0, size * 0.8));
        const results = await Promise.all(batches.map((batch) => create(...batch.map((key) => wanted(key)))));
        const used = new Set(batches.flat());
        expect(new Set(results.flat().map(idOf))).toEqual(new Set(await idsOf([...used])));
        expect(results.flatMap(outcomes).filter((outcome) => outcome === "created")).toHaveLength(used.size);
        expect(results.flatMap(outcomes)).not.toContain("conflict");
      }
      if (!mayConflict) expect(conflicts).toBe(0);
    },
  );

  it("may use the keys of a batch one after the other while it is being stored", async () => {
    // In the order in which the batch stores them, so that it meets each of the others' orders anew.
    const keys = count(8, (index) => `contended ${index}`).toSorted((a, b) => Buffer.compare(sha256(a), sha256(b)));
    const others: Awaited<ReturnType<typeof storing>>[] = [];
    for (const key of keys) others.push(await storing(wanted(key)));
    const creations = await handlers.run((plain) => {
      let next = 0;
      const logger = { logQuery: (sql: string) => void (sql.startsWith("insert") && others[next++]?.commit()) };
      const session = { ...plain, orm: drizzle({ client: plain.connection.connection, logger }) };
      return createOrders(
        session,
        keys.map((key) => wanted(key)),
      );
    });
    expect(creations).toMatchObject(others.map(({ id }) => ({ outcome: "replayed", order: { id } })));
  });
});

/** Stores an order in a transaction that stays open until it is told to commit. */
async function storing(one: NewOrder): Promise<{ id: string; commit: () => void }> {
  const [stored, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const committed = handlers.transaction(async (session) => {
    await createOrders(session, [one]);
    stored.resolve();
    await told.promise;
  });
  await Promise.race([stored.promise, committed]);
  return { id: one.order.id, commit: told.resolve };
}
