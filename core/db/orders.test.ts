import type { RowDataPacket } from "mysql2/promise";
import { describe, expect, it } from "vitest";
import { useDatabase } from "../../test/harness/database.ts";
import { insertOrder } from "../../test/harness/orders.ts";
import { createBirths } from "../domain/identity.ts";
import { maxPriceCents } from "../domain/money.ts";
import { newOrder, type OrderContent } from "../domain/order.ts";
import { findHistory, findOrder } from "./orders.ts";

const { database } = useDatabase();
const nextBirth = createBirths(Date.now);
const runAt = new Date("2027-03-28T01:59:59.999Z");

function anOrder(content: Partial<OrderContent> = {}) {
  const { id, createdAt } = nextBirth();
  return newOrder(id, { item: "Laptop", quantity: 2, priceCents: 129_999, runAt: null, ...content }, createdAt);
}

const insert = (order: ReturnType<typeof anOrder>) => database.run((session) => insertOrder(session, order));
const find = (id: string) => database.run((session) => findOrder(session, id));

async function mysqlTime(): Promise<Date> {
  const [[row]] = await database.run(({ connection }) =>
    connection.query<RowDataPacket[]>("SELECT UTC_TIMESTAMP(3) AS now"),
  );
  return row?.now as Date;
}

describe("an order that is stored", () => {
  it.each<Partial<OrderContent>>([
    {},
    { item: "x", quantity: 1, priceCents: 0 },
    { item: "🧨".repeat(255), quantity: 1_000_000, priceCents: maxPriceCents },
    { item: "'; DROP TABLE orders; -- \\' \" ` % _ \u200b", priceCents: 1 },
    { runAt },
  ])("is found again as it was: %j", async (content) => {
    const order = anOrder(content);
    await insert(order);
    expect(await find(order.id)).toEqual({ ...order, dueAt: expect.any(Date) });
  });

  it("is due from its storing on, by MySQL's clock whatever the handler's says", async () => {
    const order = { ...anOrder(), createdAt: new Date(0), updatedAt: new Date(0), dueAt: new Date(0) };
    const before = await mysqlTime();
    await insert(order);
    const dueAt = (await find(order.id))?.dueAt?.getTime();
    expect(dueAt).toBeGreaterThanOrEqual(before.getTime());
    expect(dueAt).toBeLessThanOrEqual((await mysqlTime()).getTime());
  });

  it("is due at its runAt when it is scheduled", async () => {
    const order = anOrder({ runAt });
    await insert(order);
    expect(await find(order.id)).toMatchObject({ status: "scheduled", dueAt: runAt, runAt });
  });

  it("again is the first one still", async () => {
    const order = anOrder();
    await insert(order);
    const stored = await find(order.id);
    await insert({ ...order, quantity: 999 });
    expect(await find(order.id)).toEqual(stored);
  });

  it("has no history yet: its creation is told by its row", async () => {
    const order = anOrder();
    await insert(order);
    expect(await database.run((session) => findHistory(session, order.id))).toEqual([]);
  });
});

it("an order that does not fit its columns is refused, not taken for one that is there", async () => {
  const order = anOrder({ item: "x".repeat(256) });
  await expect(insert(order)).rejects.toThrow();
  expect(await find(order.id)).toBeUndefined();
});

it("an unknown id finds nothing", async () => {
  expect(await find(nextBirth().id)).toBeUndefined();
});
