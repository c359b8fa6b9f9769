import { afterEach, describe, expect, it } from "vitest";
import { writeChanges } from "../core/db/changes.ts";
import { createBirths } from "../core/domain/identity.ts";
import { newOrder, type Order, type OrderStatus, orderStatuses } from "../core/domain/order.ts";
import { useDatabase } from "../test/harness/database.ts";
import { expectProblem, send, useFunctions } from "../test/harness/http.ts";
import { insertOrder } from "../test/harness/orders.ts";
import { useRedis } from "../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const functions = useFunctions(() => ({ MYSQL_URL: mysql.url, REDIS_URL: redis.url }));
const nextBirth = createBirths(Date.now);
const dueAt = new Date("2026-11-23T12:00:00.000Z");
const terminal = new Set<OrderStatus>(["completed", "failed", "cancelled"]);

afterEach(() => mysql.database.run(({ connection }) => connection.query("DELETE FROM orders")));

const list = (query?: Record<string, string>) =>
  send(functions.listOrders, { path: "/orders", ...(query !== undefined && { query }) });

/** Stores orders in this status, all due at the same time; answers their ids, oldest first. */
async function store(count: number, status: OrderStatus = "pending"): Promise<string[]> {
  const orders = Array.from({ length: count }, (): Order => {
    const { id, createdAt } = nextBirth();
    const order = newOrder(id, { item: "Laptop", quantity: 2, priceCents: 129_999, runAt: null }, createdAt);
    return { ...order, status, dueAt: terminal.has(status) ? null : dueAt };
  });
  await mysql.database.transaction(async (session) => {
    for (const order of orders) await insertOrder(session, order);
    await writeChanges(
      session,
      orders.map((state) => ({ id: state.id, from: { ...state, dueAt: new Date(0) }, state })),
    );
  });
  return orders.map(({ id }) => id);
}

/** Every page of a list, as the ids on it. */
async function pages(query: Record<string, string>): Promise<string[][]> {
  const read: string[][] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { status, body } = await list(cursor === undefined ? query : { ...query, cursor });
    expect(status).toBe(200);
    read.push(body.orders.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
  }
  return read;
}

async function cursorOf(status?: OrderStatus): Promise<string> {
  await store(3, status);
  return (await list({ limit: "2", ...(status !== undefined && { status }) })).body.nextCursor;
}

const badCursor = { status: 400, kind: "malformed-cursor" } as const;

describe("a list", () => {
  it("of nothing is empty, and at its end", async () => {
    const { status, headers, body } = await list();
    expect([status, headers["content-type"], body]).toEqual([
      200,
      "application/json",
      { orders: [], nextCursor: null },
    ]);
  });

  it("holds orders as they are read one by one, without their history", async () => {
    const [id = ""] = await store(1);
    const { history, ...order } = (await send(functions.getOrder, { path: "", pathParameters: { id } })).body;
    expect(history).toHaveLength(1);
    expect((await list()).body.orders).toEqual([order]);
  });

  it("is newest first, 50 to a page unless asked otherwise", async () => {
    const ids = await store(60);
    const { body } = await list();
    expect(body.orders.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed().slice(0, 50));
    expect(body.nextCursor).toEqual(expect.any(String));
  });

  it.each([
    { count: 6, sizes: [3, 3] },
    { count: 7, sizes: [3, 3, 1] },
    { count: 3, sizes: [3] },
    { count: 1, sizes: [1] },
  ])("of $count in pages of 3 ends with a null cursor", async ({ count, sizes }) => {
    const ids = await store(count);
    const read = await pages({ limit: "3" });
    expect(read.map(({ length }) => length)).toEqual(sizes);
    expect(read.flat()).toEqual(ids.toReversed());
  });

  it.each(orderStatuses)("by the status %s shows each of its orders once", async (status) => {
    for (const other of orderStatuses) if (other !== status) await store(1, other);
    const ids = await store(7, status);
    const read = (await pages({ status, limit: "3" })).flat();
    expect(read).toEqual(terminal.has(status) ? ids.toReversed() : ids);
  });

  it("may change its limit from page to page", async () => {
    const ids = await store(5);
    const { nextCursor } = (await list({ limit: "1" })).body;
    const { orders } = (await list({ limit: "200", cursor: nextCursor })).body;
    expect(orders.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed().slice(1));
  });
});

describe("a search", () => {
  /** Gives the order at this place, counted from the oldest, another item. */
  const rename = (id: string, item: string) =>
    mysql.database.run(({ connection }) =>
      connection.query("UPDATE orders SET item = ? WHERE id = UUID_TO_BIN(?)", [item, id]),
    );

  it("finds the orders whose item contains the text, page by page, alone and with a status", async () => {
    const ids = await store(7);
    for (const id of ids.filter((_, index) => index % 2 === 0)) await rename(id, "Ärmelkanal 100%_a\\b");
    const wanted = ids.filter((_, index) => index % 2 === 0);
    for (const item of ["ärmelKANAL", "100%_a\\", " %_ ", "\\b"]) {
      expect((await pages({ item, limit: "3" })).flat()).toEqual(wanted.toReversed());
      expect((await pages({ item, limit: "3", status: "pending" })).flat()).toEqual(wanted);
      expect((await pages({ item, limit: "3", status: "failed" })).flat()).toEqual([]);
    }
    expect((await pages({ item: "_a_b" })).flat()).toEqual([]);
  });

  it("refuses the cursor of another search, and of none", async () => {
    await store(3);
    const cursorOf = async (query: Record<string, string>) => (await list({ ...query, limit: "2" })).body.nextCursor;
    const [plain, laptop] = [await cursorOf({}), await cursorOf({ item: "laptop" })];
    expectProblem(await list({ item: "laptop", cursor: plain }), badCursor);
    expectProblem(await list({ item: "lap", cursor: laptop }), badCursor);
    expectProblem(await list({ cursor: laptop }), badCursor);
    expectProblem(await list({ status: "pending", item: "laptop", cursor: laptop }), badCursor);
    expect((await list({ item: "laptop", cursor: laptop })).body).toMatchObject({ orders: [{}], nextCursor: null });
  });

  it.each(["", "  ", "a\u0000b", "x".repeat(256)])("for %j is refused with 422", async (item) => {
    expectProblem(await list({ item }), { status: 422, kind: "validation-failed", pointers: ["#/item"] });
  });

  it("for as many characters as an item has is fine", async () => {
    expect((await list({ item: "🧨".repeat(255) })).status).toBe(200);
  });
});

describe("a query", () => {
  it.each(["1", "200", "050"])("with the limit %s is fine", async (limit) => {
    expect((await list({ limit })).status).toBe(200);
  });

  it.each<[Record<string, string>, string[]]>([
    [{ limit: "0" }, ["#/limit"]],
    [{ limit: "201" }, ["#/limit"]],
    [{ limit: "-1" }, ["#/limit"]],
    [{ limit: "1.5" }, ["#/limit"]],
    [{ limit: "1e2" }, ["#/limit"]],
    [{ limit: "" }, ["#/limit"]],
    [{ limit: "fifty" }, ["#/limit"]],
    [{ limit: "10,20" }, ["#/limit"]],
    [{ limit: "99999999999999999999" }, ["#/limit"]],
    [{ status: "done" }, ["#/status"]],
    [{ status: "" }, ["#/status"]],
    [{ status: "PENDING" }, ["#/status"]],
    [{ status: "pending,failed" }, ["#/status"]],
    [{ status: "' OR 1=1 --" }, ["#/status"]],
    [{ offset: "10" }, ["#/offset"]],
    [{ Limit: "10" }, ["#/Limit"]],
    [{ constructor: "1" }, ["#/constructor"]],
    [{ limit: "0", status: "x", page: "2" }, ["#/status", "#/limit", "#/page"]],
  ])("of %j is refused with 422", async (query, pointers) => {
    expectProblem(await list(query), { status: 422, kind: "validation-failed", pointers });
  });
});

describe("a cursor is refused with 400", () => {
  it.each(["", "x", "null", "AAAA", "' OR 1=1 --", "🧨", "A".repeat(10_000)].map((cursor) => ({ cursor })))(
    "when it is none: $cursor",
    async ({ cursor }) => {
      expectProblem(await list({ cursor }), badCursor);
    },
  );

  it.each([undefined, "pending", "completed"] as const)("when a character of it is another (%s)", async (status) => {
    const cursor = await cursorOf(status);
    for (let at = 0; at < cursor.length; at++) {
      const flipped = cursor[at] === "A" ? "B" : "A";
      const altered = cursor.slice(0, at) + flipped + cursor.slice(at + 1);
      expectProblem(await list({ cursor: altered, ...(status !== undefined && { status }) }), badCursor);
    }
  });

  it("when it was cut, or has something added", async () => {
    const cursor = await cursorOf();
    for (let length = 0; length < cursor.length; length++) {
      expectProblem(await list({ cursor: cursor.slice(0, length) }), badCursor);
    }
    for (const added of ["A", "=", " ", "\n"]) expectProblem(await list({ cursor: cursor + added }), badCursor);
  });

  it("when it is of a list with another status", async () => {
    const filters = [undefined, ...orderStatuses];
    for (const mine of filters) {
      const cursor = await cursorOf(mine);
      for (const status of filters.filter((other) => other !== mine)) {
        expectProblem(await list({ cursor, ...(status !== undefined && { status }) }), badCursor);
      }
    }
  });

  it("before anything else that is wrong with the query (422)", async () => {
    expectProblem(await list({ cursor: "x", limit: "0", unknown: "1" }), badCursor);
  });
});
