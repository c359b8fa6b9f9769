import { afterEach, describe, expect, it } from "vitest";
import { entriesRead } from "../../test/harness/cost.ts";
import { useDatabase } from "../../test/harness/database.ts";
import { rows } from "../../test/harness/orders.ts";
import { type OrderStatus, orderStatuses } from "../domain/order.ts";
import { type Position, searchOrders } from "./list-orders.ts";

const { database } = useDatabase();
const filters: readonly (OrderStatus | undefined)[] = [undefined, ...orderStatuses];

afterEach(() => rows(database, "TRUNCATE orders"));

/** Stores so many orders, a sixth of them in each status, some due at once; the item says which it is. */
async function store(count: number, item = "CONCAT('Item ', n)"): Promise<void> {
  await rows(
    database,
    `INSERT /*+ SET_VAR(cte_max_recursion_depth = 100000) */ INTO orders (id, item, quantity, price, status, due_at, created_at, updated_at)
    WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < ?)
    SELECT UNHEX(CONCAT(LPAD(HEX(1763900000000 + n), 12, '0'), '70008000000000000000')), ${item}, 2, 1299.99,
      ELT(1 + n % 6, ?), IF(n % 6 < 3, '2026-11-23 12:00:00' + INTERVAL n DIV 50 SECOND, NULL),
      '2026-11-23 12:00:00', '2026-11-23 12:00:00' FROM n`,
    [count, orderStatuses],
  );
}

async function storeItems(...items: string[]): Promise<void> {
  await store(items.length);
  for (const [n, item] of items.entries()) {
    await rows(database, "UPDATE orders SET item = ? WHERE item = ?", [item, `Item ${n}`]);
  }
}

const search = (
  item: string,
  page: { status?: OrderStatus | undefined; after?: Position; limit?: number } = {},
  lookAt?: number,
) => database.run((session) => searchOrders(session, { limit: 50, ...page, item }, lookAt));

const found = async (item: string) => (await search(item)).orders.map((order) => order.item).toReversed();

/** Every page of a search, as the items on it. */
async function pages(
  item: string,
  status: OrderStatus | undefined,
  limit: number,
  lookAt: number,
): Promise<string[][]> {
  const read: string[][] = [];
  for (let after: Position | null | undefined; after !== null; ) {
    const { orders, end } = await search(item, { status, limit, ...(after && { after }) }, lookAt);
    expect(orders.length).toBeLessThanOrEqual(limit);
    read.push(orders.map((order) => order.item));
    after = end;
  }
  return read;
}

describe("a text is found", () => {
  it("anywhere in an item, in upper and lower case", async () => {
    await storeItems("Laptop", "my LAPTOP bag", "lap top", "Laptops", "Desk");
    expect(await found("laptop")).toEqual(["Laptop", "my LAPTOP bag", "Laptops"]);
    expect(await found("LapTop B")).toEqual(["my LAPTOP bag"]);
    expect(await found("p t")).toEqual(["lap top"]);
    expect(await found("chair")).toEqual([]);
  });

  it("in letters that are not ASCII, accents and all", async () => {
    await storeItems("Äpfel", "äPFEL", "Apfel", "ЯБЛОКО", "яблоки", "林檎ジュース", "🍎 pie", "🍏 pie");
    expect(await found("äpfel")).toEqual(["Äpfel", "äPFEL"]);
    expect(await found("apfel")).toEqual(["Apfel"]);
    expect(await found("яблок")).toEqual(["ЯБЛОКО", "яблоки"]);
    expect(await found("檎ジュ")).toEqual(["林檎ジュース"]);
    expect(await found("🍎")).toEqual(["🍎 pie"]);
  });

  it.each(["%", "_", "\\", "|", "'", '"', "100%", "a_b", "a\\b", "a|b", "|%", "\\%", "||", "\\\\"])(
    "whose characters stand for themselves: %s",
    async (item) => {
      await storeItems("plain", `<${item}>`, "100 percent", "a-b", "axb");
      expect(await found(item)).toEqual([`<${item}>`]);
    },
  );
});

describe.each(filters)("a search among orders of status %s", (status) => {
  const matching = (count: number) =>
    Array.from({ length: count }, (_, n) => n)
      .filter((n) => (status === undefined || orderStatuses[n % 6] === status) && String(n).includes("7"))
      .map((n) => `Item ${n}`);

  it.each([
    { limit: 5, lookAt: 7 },
    { limit: 3, lookAt: 100 },
    { limit: 200, lookAt: 10 },
    { limit: 1, lookAt: 1 },
    { limit: 50, lookAt: 10_000 },
  ])("page by page finds all and none twice (%o)", async ({ limit, lookAt }) => {
    await store(360);
    const read = (await pages("7", status, limit, lookAt)).flat();
    const byDueTime = status === "scheduled" || status === "pending" || status === "processing";
    expect(read).toEqual(byDueTime ? matching(360) : matching(360).toReversed());
  });

  it("looks at a bounded part of the list, and finds what is beyond it later", async () => {
    await store(6 * 500);
    const [first, last] = [status === undefined ? 0 : orderStatuses.indexOf(status), 6 * 499];
    const byDueTime = status === "scheduled" || status === "pending" || status === "processing";
    const beyond = byDueTime ? `Item ${last + first}` : `Item ${first}`;
    await rows(database, "UPDATE orders SET item = 'needle' WHERE item = ?", [beyond]);
    const read = await pages("needle", status, 50, 100);
    expect(read.flat()).toEqual(["needle"]);
    expect(read.length).toBe((status === undefined ? 3_000 : 500) / 100);
    // Each is seen twice: where the part ends is looked up first.
    const cost = await entriesRead(database, (session) =>
      searchOrders(session, { status, item: "none", limit: 50 }, 100),
    );
    expect(cost).toBeLessThanOrEqual(210);
  });
});

it("an empty list is searched at once", async () => {
  expect(await search("x")).toEqual({ orders: [], end: null });
});

it("a search looks at 5,000 orders unless told otherwise", async () => {
  await store(5_001);
  const { end, orders } = await search("nothing such");
  expect(orders).toEqual([]);
  expect(end).not.toBeNull();
  expect(await search("Item 0", { after: end! })).toMatchObject({ orders: [{ item: "Item 0" }], end: null });
  await rows(database, "DELETE FROM orders WHERE item = 'Item 0'");
  expect((await search("nothing such")).end).toBeNull();
});
