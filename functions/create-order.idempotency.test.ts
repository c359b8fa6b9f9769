import { beforeEach, describe, expect, it } from "vitest";
import { useDatabase } from "../test/harness/database.ts";
import { expectProblem, send, useFunctions } from "../test/harness/http.ts";
import { live, lives } from "../test/harness/life.ts";
import { rows, setDue } from "../test/harness/orders.ts";
import { useProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const toMysql = useProxy(() => mysql.url);
const functions = useFunctions(() => ({ MYSQL_URL: toMysql.proxy.url, REDIS_URL: redis.url }));

const laptop = { item: "Laptop", quantity: 2, price: 1299.99 };
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const reused = { status: 422, kind: "idempotency-key-reused" } as const;

/** Posts an order, as JSON or as the text of it. */
const post = (key: string, order: object | string = laptop) =>
  send(functions.createOrder, {
    method: "POST",
    path: "/orders",
    body: order,
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
  });

const stored = () => rows<{ id: string }>(mysql.database, "SELECT BIN_TO_UUID(id) AS id FROM orders ORDER BY id");
const entryCount = () => redis.redis.xlen("orders:queue");

beforeEach(async () => {
  await rows(mysql.database, "DELETE FROM orders");
  await redis.redis.flushdb();
});

describe("an order that is sent again with its key", () => {
  it("is answered as the first time, marked as replayed, and neither stored nor enqueued again", async () => {
    const first = await post("cart-1");
    expect([first.status, first.headers]).toEqual([
      201,
      expect.not.objectContaining({ "idempotent-replayed": "true" }),
    ]);
    const again = await post("cart-1");
    expect([again.status, again.headers["idempotent-replayed"]]).toEqual([201, "true"]);
    expect(again.headers.location).toBe(first.headers.location);
    expect(again.body).toEqual(first.body);
    expect([await stored(), await entryCount()]).toEqual([[{ id: first.body.id }], 1]);
  });

  it.each(Object.entries(lives))("is answered as it was created when it is %s by now", async (status, events) => {
    const first = await post("cart-1");
    await live(mysql.database, first.body.id, events);
    const now = await send(functions.getOrder, { path: "/orders/{id}", pathParameters: { id: first.body.id } });
    expect(now.body.status).toBe(status);
    const again = await post("cart-1");
    expect([again.status, again.headers["idempotent-replayed"]]).toEqual([201, "true"]);
    expect(again.body).toEqual(first.body);
    expect(await entryCount()).toBe(1);
  });

  it("and a runAt that has passed since is answered as it was scheduled", async () => {
    const order = { ...laptop, runAt: inMs(300) };
    const first = await post("later", order);
    expect(first.body).toMatchObject({ status: "scheduled", runAt: order.runAt });
    await setDue(mysql.database, [first.body.id], -1);
    await live(mysql.database, first.body.id, [{ type: "due" }]);
    await expect.poll(() => Date.now()).toBeGreaterThan(Date.parse(order.runAt));
    const again = await post("later", order);
    expect([again.status, again.headers["idempotent-replayed"]]).toEqual([201, "true"]);
    expect(again.body).toEqual(first.body);
    expect(await entryCount()).toBe(0);
  });

  it("and a runAt that was past the first time already is the same order", async () => {
    const order = { ...laptop, runAt: "2020-01-01T00:00:00Z" };
    const first = await post("past", order);
    expect((await post("past", order)).body).toEqual(first.body);
    expect(await stored()).toHaveLength(1);
  });

  it.each([
    ['{"item":"Laptop","quantity":2,"price":100}', '{"price":1e2,"quantity":2,"item":"Laptop"}'],
    ['{"item":"Laptop","quantity":2,"price":1.10}', ' { "item" : "  Laptop\\t", "quantity":2.0, "price":1.1 } '],
    ['{"item":"Größe","quantity":2,"price":0}', '{"item":"Gr\\u00f6\\u00dfe","quantity":2,"price":-0}'],
    [
      `{"item":"x","quantity":2,"price":1,"runAt":"${inMs(864e5).slice(0, 10)}T12:00:00Z"}`,
      `{"item":"x","quantity":2,"price":1,"runAt":"${inMs(864e5).slice(0, 10)}T14:00:00.000+02:00"}`,
    ],
  ])("is the same one however it is written: %s and %s", async (one, other) => {
    const first = await post("written", one);
    expect([first.status, first.headers["idempotent-replayed"]]).toEqual([201, undefined]);
    const again = await post("written", other);
    expect([again.status, again.headers["idempotent-replayed"]]).toEqual([201, "true"]);
    expect(again.body).toEqual(first.body);
  });
});

describe("another order with a key that is used", () => {
  it.each([
    { item: "Laptops" },
    { item: "laptop" },
    { quantity: 3 },
    { price: 1299.98 },
    { runAt: inMs(3_600_000) },
    { runAt: "2020-01-01T00:00:00Z" },
  ])("is refused with 422, as one with %j", async (change) => {
    const first = await post("cart-1");
    expectProblem(await post("cart-1", { ...laptop, ...change }), reused);
    expect([await stored(), await entryCount()]).toEqual([[{ id: first.body.id }], 1]);
  });

  it("is refused also when the first is done", async () => {
    const first = await post("cart-1");
    await live(mysql.database, first.body.id, lives.completed);
    expectProblem(await post("cart-1", { ...laptop, quantity: 3 }), reused);
  });

  it("that is not valid is told so, and the key is not used by it", async () => {
    const answer = await post("cart-2", { ...laptop, quantity: 0 });
    expectProblem(answer, { status: 422, kind: "validation-failed", pointers: ["#/quantity"] });
    const fine = await post("cart-2");
    expect([fine.status, fine.headers["idempotent-replayed"]]).toEqual([201, undefined]);
  });
});

describe("a key", () => {
  it.each(["k", " ", "~", "k".repeat(255), '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "a, b; c=1", "'; --"])(
    "such as %j makes one order",
    async (key) => {
      const first = await post(key);
      expect(first.status).toBe(201);
      expect((await post(key)).body.id).toBe(first.body.id);
    },
  );

  it.each([
    { what: "that is empty", key: "" },
    { what: "of 256 characters", key: "k".repeat(256) },
    { what: "with a letter that is not ASCII", key: "größe" },
    { what: "with an emoji", key: "🧨" },
    { what: "with a tab", key: "a\tb" },
    { what: "with a line break", key: "cart-1\n" },
    { what: "with a NUL", key: "a\0" },
    { what: "with a DEL", key: "a\x7f" },
  ])("$what is refused with 400, and nothing is stored", async ({ key }) => {
    expectProblem(await post(key), { status: 400, kind: "malformed-idempotency-key" });
    expect([await stored(), await entryCount()]).toEqual([[], 0]);
  });

  it("that is malformed is told of before an order that is not valid, and after a body that is no JSON", async () => {
    expectProblem(await post("", {}), { status: 400, kind: "malformed-idempotency-key" });
    expectProblem(await post("", "{"), { status: 400, kind: "malformed-request" });
  });

  it("is another one in other letters, or with spaces around", async () => {
    const ids = [];
    for (const key of ["cart", "CART", " cart", "cart "]) ids.push((await post(key)).body.id);
    expect(new Set(ids).size).toBe(4);
  });
});

describe("fifty clients with one key at once", () => {
  it("make one order: fifty answers with one id, one of them not a replay, one entry", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => post("at-once")));
    const [row] = await stored();
    expect(answers.map(({ status, body }) => [status, body.id])).toEqual(answers.map(() => [201, row?.id]));
    expect(answers.filter(({ headers }) => headers["idempotent-replayed"] === undefined)).toHaveLength(1);
    expect([await stored(), await entryCount()]).toEqual([[row], 1]);
  });
});

describe("when MySQL loses the connection of a create with a key", () => {
  it.each([
    { when: "before it has seen the order", lose: () => toMysql.proxy.loseRequest("insert into `orders`") },
    { when: "after it has stored the order", lose: () => toMysql.proxy.loseAnswer("insert into `orders`") },
  ])("$when, the answer is 201 and no replay, one row and one entry", async ({ lose }) => {
    lose();
    const answer = await post("cart-1");
    expect([answer.status, answer.headers["idempotent-replayed"]]).toEqual([201, undefined]);
    expect([await stored(), await entryCount()]).toEqual([[{ id: answer.body.id }], 1]);
    expect((await post("cart-1")).body).toEqual(answer.body);
  });

  it("and the process was killed before its answer, the client that tries again gets the order that was stored", async () => {
    const { body } = await post("cart-1");
    // A process that ends between the INSERT and the answer leaves the row alone: nothing was enqueued.
    await redis.redis.flushdb();
    const again = await post("cart-1");
    expect([again.status, again.body]).toEqual([201, body]);
    expect(await stored()).toEqual([{ id: body.id }]);
  });
});
