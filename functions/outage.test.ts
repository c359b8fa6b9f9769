import type { RowDataPacket } from "mysql2/promise";
import { afterEach, describe, expect, it } from "vitest";
import { migrateDatabase } from "../core/db/migrations.ts";
import { useDatabase } from "../test/harness/database.ts";
import { expectProblem, type HttpAnswer, send, useFunctions } from "../test/harness/http.ts";
import { live, lives } from "../test/harness/life.ts";
import { rows, storedState } from "../test/harness/orders.ts";
import { useProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";
import { userUrls } from "../test/harness/users.ts";

const mysql = useDatabase();
const redis = useRedis();
const toMysql = useProxy(() => mysql.url);
const toRedis = useProxy(() => redis.url);
const functions = useFunctions(() => ({
  MYSQL_URL: toMysql.proxy.url,
  REDIS_URL: toRedis.proxy.url,
  ENQUEUE_TIMEOUT_MS: "1000",
}));

const laptop = { item: "Laptop", quantity: 2, price: 1299.99 };
const create = () => send(functions.createOrder, { method: "POST", path: "/orders", body: laptop });
const id = "019aac53-1234-7000-8000-0123456789ab";

/** A request to every route that needs MySQL, all at once. */
function everyRoute(id: string): Promise<HttpAnswer>[] {
  const one = { path: `/orders/${id}`, pathParameters: { id } };
  return [
    create(),
    send(functions.createOrders, { method: "POST", path: "/orders/batch", body: { orders: [laptop, laptop] } }),
    send(functions.listOrders, { path: "/orders" }),
    send(functions.getOrder, one),
    send(functions.cancelOrder, { ...one, method: "POST" }),
    send(functions.redriveOrder, { ...one, method: "POST" }),
    send(functions.stats, { path: "/stats" }),
  ];
}

async function rowCount(): Promise<number> {
  const [[row]] = await mysql.database.run(({ connection }) =>
    connection.query<RowDataPacket[]>("SELECT COUNT(*) AS count FROM orders"),
  );
  return row?.count;
}

const entryCount = () => redis.redis.xlen("orders:queue");

async function timed(work: Promise<HttpAnswer>): Promise<HttpAnswer & { ms: number }> {
  const start = performance.now();
  const answer = await work;
  return { ...answer, ms: performance.now() - start };
}

afterEach(async () => {
  for (const { proxy } of [toMysql, toRedis]) {
    proxy.thaw();
    await proxy.up();
  }
  await until("an order that is taken and enqueued", async () => {
    const before = await entryCount();
    return (await create()).status === 201 && (await entryCount()) > before;
  });
  await mysql.database.run(({ connection }) => connection.query("DELETE FROM orders"));
  await redis.redis.flushdb();
});

const mysqlFailures = [
  { how: "away", fail: () => toMysql.proxy.down() },
  { how: "frozen", fail: async () => toMysql.proxy.freeze() },
];

describe.each(mysqlFailures)("while MySQL is $how", ({ fail }) => {
  it("every route that needs it is answered with 503 and Retry-After within 3 s", async () => {
    await fail();
    for (const asked of everyRoute(id).map(timed)) {
      const answer = await asked;
      expect(answer.ms).toBeLessThan(3_000);
      expectProblem(answer, { status: 503, kind: "unavailable" });
      expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
      expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1|mysql2|select/i);
    }
  });

  it("a create that is not valid is still told so, and nothing is enqueued", async () => {
    await fail();
    const body = { ...laptop, price: 0.001 };
    const answer = await send(functions.createOrder, { method: "POST", path: "/orders", body });
    expectProblem(answer, { status: 422, kind: "validation-failed", pointers: ["#/price"] });
    expect(await entryCount()).toBe(0);
  });
});

describe("while MySQL does not let the handlers", () => {
  const handlers = "'orders_test_handlers'@'%'";

  it("do what they need, every route is answered with 503, and they need no restart when it does", async () => {
    const stored = (await create()).body.id;
    for (const table of ["orders", "order_events", "order_totals", "order_counts"]) {
      await rows(mysql.database, `REVOKE ALL PRIVILEGES ON ${table} FROM ${handlers}`);
    }
    const answers = await Promise.all(everyRoute(stored));
    await migrateDatabase(mysql.url, { users: userUrls(mysql.url) });
    for (const answer of answers) {
      expectProblem(answer, { status: 503, kind: "unavailable" });
      expect(answer.text).not.toMatch(/denied|orders_test|order_totals/i);
    }
    expect((await create()).status).toBe(201);
  });
});

describe("when MySQL loses the connection of a create", () => {
  it.each([
    { when: "before it has seen the order", lose: () => toMysql.proxy.loseRequest("insert into `orders`") },
    { when: "after it has stored the order", lose: () => toMysql.proxy.loseAnswer("insert into `orders`") },
  ])("$when, the answer is 201, one row and one entry", async ({ lose }) => {
    lose();
    expect((await create()).status).toBe(201);
    expect([await rowCount(), await entryCount()]).toEqual([1, 1]);
  });
});

const redisFailures = [
  { how: "away", fail: () => toRedis.proxy.down() },
  { how: "frozen", fail: async () => toRedis.proxy.freeze() },
];

describe.each(redisFailures)("while Redis is $how", ({ fail }) => {
  it("orders are taken all the same, and hardly any answer is held up", async () => {
    await fail();
    const first = await timed(create());
    expect(first.status).toBe(201);
    // Its budgets for the connection and the command, and what a busy machine may add.
    expect(first.ms).toBeLessThan(3_500);
    const others = [];
    for (let index = 0; index < 20; index++) others.push(await timed(create()));
    expect(others.every(({ status }) => status === 201)).toBe(true);
    const median = others.map(({ ms }) => ms).toSorted((a, b) => a - b)[10];
    expect(median).toBeLessThan(500);
    expect(await rowCount()).toBe(21);
  });

  it("a batch is taken, and orders are cancelled, redriven, read, listed and counted", async () => {
    const [pending, failed] = [(await create()).body, (await create()).body];
    await live(mysql.database, failed.id, lives.failed);
    await fail();
    const answers = everyRoute(pending.id);
    const redriven = send(functions.redriveOrder, { method: "POST", path: "", pathParameters: { id: failed.id } });
    const statuses = (await Promise.all([...answers, redriven])).map(({ status }) => status);
    // What is pending is cancelled, and so cannot be redriven.
    expect(statuses).toEqual([201, 200, 200, 200, 200, 409, 200, 200]);
    expect((await storedState(mysql.database, failed.id)).status).toBe("pending");
  });
});
