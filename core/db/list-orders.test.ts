import { drizzle } from "drizzle-orm/mysql2";
import type { RowDataPacket } from "mysql2/promise";
import { afterEach, describe, expect, it } from "vitest";
import { useDatabase } from "../../test/harness/database.ts";
import { insertOrder } from "../../test/harness/orders.ts";
import { createBirths } from "../domain/identity.ts";
import { newOrder, type Order, type OrderStatus, orderStatuses } from "../domain/order.ts";
import { writeChanges } from "./changes.ts";
import type { Session } from "./database.ts";
import { isListedByDueTime, listOrders, type Page } from "./list-orders.ts";

const { database } = useDatabase();
const nextBirth = createBirths(Date.now);
const start = Date.parse("2026-11-23T12:00:00.000Z");
const terminal = new Set<OrderStatus>(["completed", "failed", "cancelled"]);

afterEach(() => database.run(({ connection }) => connection.query("DELETE FROM orders")));

/** Stores an order for each of these due times, in milliseconds from a fixed moment, all in one status. */
async function store(status: OrderStatus, dueTimes: readonly number[]): Promise<Order[]> {
  const orders = dueTimes.map((dueTime): Order => {
    const { id, createdAt } = nextBirth();
    const order = newOrder(id, { item: "Laptop", quantity: 2, priceCents: 129_999, runAt: null }, createdAt);
    return { ...order, status, dueAt: terminal.has(status) ? null : new Date(start + dueTime) };
  });
  await database.transaction(async (session) => {
    for (const order of orders) await insertOrder(session, order);
    await writeChanges(
      session,
      orders.map((state) => ({ id: state.id, from: { ...state, dueAt: new Date(0) }, state })),
    );
  });
  return orders;
}

const list = (page: Page) => database.run((session) => listOrders(session, page));
const ids = (orders: readonly Order[]) => orders.map(({ id }) => id);

/** Every id of a list, read page by page. */
async function readAll(page: Page, betweenPages: () => Promise<unknown> = async () => {}): Promise<string[]> {
  const read: string[] = [];
  for (let after: Order | undefined; ; await betweenPages()) {
    const orders = await list({ ...page, after });
    read.push(...ids(orders));
    after = orders.at(-1);
    if (orders.length < page.limit) return read;
  }
}

const count = (n: number, value: (index: number) => number) => Array.from({ length: n }, (_, index) => value(index));

describe("a list of all orders", () => {
  it("is newest first, whatever their statuses", async () => {
    const orders = [];
    for (const status of orderStatuses) orders.push(...(await store(status, [0, 0])));
    expect(ids(await list({ limit: 100 }))).toEqual(ids(orders).toReversed());
  });

  it("holds whole orders", async () => {
    const orders = await store("processing", [5]);
    expect(await list({ limit: 1 })).toEqual(orders);
  });

  it("of 250 read in pages of 100 misses none and shows none twice, while others are created", async () => {
    const orders = await store(
      "pending",
      count(250, () => 0),
    );
    const read = await readAll({ limit: 100 }, () => store("pending", [0, 0, 0]));
    expect(read).toEqual(ids(orders).toReversed());
  });
});

describe.each(orderStatuses)("a list of orders that are %s", (status) => {
  const inOrder = (orders: readonly Order[]): string[] =>
    isListedByDueTime(status)
      ? ids(orders.toSorted((a, b) => Number(a.dueAt) - Number(b.dueAt) || (a.id < b.id ? -1 : 1)))
      : ids(orders).toReversed();

  it("holds no others, the soonest due first where there is a due time, else the newest", async () => {
    for (const other of orderStatuses) if (other !== status) await store(other, [1, 2]);
    const orders = await store(status, [30, 10, 20, 10]);
    expect(ids(await list({ status, limit: 100 }))).toEqual(inOrder(orders));
  });

  it("of 250 in pages of 100 misses none and shows none twice, while others with due times as theirs come", async () => {
    // Seven due times, so that most pages end amid a tie.
    const orders = await store(
      status,
      count(250, (index) => index % 7),
    );
    const read = await readAll({ status, limit: 100 }, () => store(status, [0, 3, 6]));
    expect(new Set(read).size).toBe(read.length);
    expect(read.filter((id) => ids(orders).includes(id))).toEqual(inOrder(orders));
  });
});

it("lists by due time are those of the statuses that have one", () => {
  expect(orderStatuses.filter(isListedByDueTime)).toEqual(["scheduled", "pending", "processing"]);
  expect(isListedByDueTime(undefined)).toBe(false);
});

/** Runs work with a session that notes its statements. */
async function statementsOf(work: (session: Session) => Promise<unknown>) {
  const statements: { sql: string; values: unknown[] }[] = [];
  await database.run(async (plain) => {
    const logger = { logQuery: (sql: string, values: unknown[]) => statements.push({ sql, values }) };
    await work({ ...plain, orm: drizzle({ client: plain.connection.connection, logger }) });
  });
  return statements;
}

async function explain(page: Page) {
  const [statement] = await statementsOf((session) => listOrders(session, page));
  const [rows] = await database.run(({ connection }) =>
    connection.query<RowDataPacket[]>(`EXPLAIN FORMAT=TRADITIONAL ${statement?.sql}`, statement?.values),
  );
  expect(rows).toHaveLength(1);
  return { key: rows[0]?.key, extra: String(rows[0]?.Extra) };
}

describe("a page in the middle of a list", () => {
  it("of all orders follows the primary key, without a sort", async () => {
    const orders = await store(
      "pending",
      count(50, () => 0),
    );
    const plan = await explain({ limit: 10, after: orders[25] });
    expect(plan.key).toBe("PRIMARY");
    expect(plan.extra).not.toContain("filesort");
  });

  it.each(orderStatuses)("of orders that are %s follows the index of D3, without a sort", async (status) => {
    const orders = await store(
      status,
      count(50, (index) => index % 3),
    );
    for (const after of [undefined, orders[25]]) {
      const plan = await explain({ status, limit: 10, after });
      expect(plan.key).toBe("orders_status_due_at");
      expect(plan.extra).not.toContain("filesort");
    }
  });
});
