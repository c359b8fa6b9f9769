import { beforeEach, describe, expect, it } from "vitest";
import { useDatabase } from "../test/harness/database.ts";
import { expectProblem, type HttpRequest, send, useFunctions } from "../test/harness/http.ts";
import { live, lives } from "../test/harness/life.ts";
import { rows } from "../test/harness/orders.ts";
import { useProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";

const mysql = useDatabase();
const redis = useRedis();
const toMysql = useProxy(() => mysql.url);
const toRedis = useProxy(() => redis.url);
const functions = useFunctions(() => ({ MYSQL_URL: toMysql.proxy.url, REDIS_URL: toRedis.proxy.url }));

const laptop = { item: "Laptop", quantity: 2, price: 1299.99 };
const keyed = (idempotencyKey: string, more: object = {}) => ({ ...laptop, ...more, idempotencyKey });
const count = <T>(n: number, value: (index: number) => T) => Array.from({ length: n }, (_, index) => value(index));
const inserts = () => toMysql.proxy.timesSent("insert into `orders`");
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

/** Posts a body, as JSON or as the text of it. */
const postBody = (body: unknown, more: Partial<HttpRequest> = {}) =>
  send(functions.createOrders, {
    ...{ method: "POST", path: "/orders/batch", body, headers: { "Content-Type": "application/json" } },
    ...more,
  });

interface Result {
  readonly status: number;
  readonly order?: { readonly id: string; readonly status: string; readonly quantity: number };
  readonly replayed?: true;
  readonly problem?: { readonly type: string; readonly errors?: readonly { readonly pointer: string }[] };
}

/** Posts orders; answers what became of each. */
async function post(...orders: unknown[]): Promise<Result[]> {
  const { status, body } = await postBody({ orders });
  expect(status).toBe(200);
  return body.results;
}

const kind = ({ problem }: Result) => problem?.type.replace("urn:problem:orders:", "");
const stored = () =>
  rows<{ id: string; quantity: number }>(
    mysql.database,
    "SELECT BIN_TO_UUID(id) AS id, quantity FROM orders ORDER BY id",
  );
const enqueued = async () => (await redis.redis.xrange("orders:queue", "-", "+")).map(([, fields]) => fields[1]);

beforeEach(async () => {
  await rows(mysql.database, "DELETE FROM orders");
  await redis.redis.flushdb();
});

describe("a batch of orders", () => {
  it("is answered in its order, with ids that grow, and stored and enqueued in the same", async () => {
    const results = await post(...count(500, (index) => ({ ...laptop, quantity: index + 1 })));
    expect(results.map(({ status, order }) => [status, order?.quantity])).toEqual(
      count(500, (index) => [201, index + 1]),
    );
    const ids = results.map(({ order }) => order?.id);
    expect(ids.toSorted()).toEqual(ids);
    expect((await stored()).map(({ id, quantity }) => [id, quantity])).toEqual(ids.map((id, index) => [id, index + 1]));
    expect(await enqueued()).toEqual(ids);
  });

  it("is one INSERT and one round trip to Redis", async () => {
    const [insertsBefore, entriesBefore] = [inserts(), toRedis.proxy.timesSent("orders:queue")];
    await post(laptop);
    toRedis.proxy.freeze();
    const posting = post(...count(100, () => laptop));
    // Nothing has been answered, and all of them are on their way.
    await until("all entries sent", async () => toRedis.proxy.timesSent("orders:queue") - entriesBefore === 101);
    toRedis.proxy.thaw();
    await posting;
    expect(inserts() - insertsBefore).toBe(2);
  });

  it("reads back order by order as it was answered", async () => {
    const results = await post({ ...laptop, price: 9999999999.99 }, { ...laptop, item: " 🧨 " }, laptop);
    for (const { order } of results) {
      const read = await send(functions.getOrder, { path: "/orders/{id}", pathParameters: { id: order?.id ?? "" } });
      expect(read.body).toMatchObject(order ?? {});
    }
  });

  it("with some for later enqueues the others alone", async () => {
    const runAt = inAnHour();
    const results = await post(laptop, { ...laptop, runAt }, { ...laptop, runAt: "2020-01-01T00:00:00Z" });
    expect(results.map(({ order }) => order?.status)).toEqual(["pending", "scheduled", "pending"]);
    expect(results[1]?.order).toHaveProperty("runAt", runAt);
    expect(await enqueued()).toEqual([results[0]?.order?.id, results[2]?.order?.id]);
  });
});

describe("an order of a batch that is not valid", () => {
  it("harms none of the others, and is told of with pointers into itself", async () => {
    const results = await post({ ...laptop, price: 0.001 }, laptop, null, { ...laptop, color: 1, item: "" }, laptop);
    expect(results.map(({ status }) => status)).toEqual([422, 201, 422, 422, 201]);
    expect(results.map(({ problem }) => problem?.errors?.map(({ pointer }) => pointer))).toEqual([
      ...[["#/price"], undefined, ["#"], ["#/item", "#/color"], undefined],
    ]);
    expect((await stored()).map(({ id }) => id)).toEqual([results[1]?.order?.id, results[4]?.order?.id]);
    expect(await enqueued()).toHaveLength(2);
  });

  it.each([
    ["an empty key", { idempotencyKey: "" }, "#/idempotencyKey"],
    ["a key that is too long", { idempotencyKey: "k".repeat(256) }, "#/idempotencyKey"],
    ["a key that is not ASCII", { idempotencyKey: "ö" }, "#/idempotencyKey"],
    ["a key that is no text", { idempotencyKey: 7 }, "#/idempotencyKey"],
    ["a key that is null", { idempotencyKey: null }, "#/idempotencyKey"],
    ["a runAt that is too far ahead", { runAt: "9999-12-31T23:59:59Z" }, "#/runAt"],
    ["a quantity that is a text", { quantity: "2" }, "#/quantity"],
  ])("for %s is refused alone", async (_what, wrong, pointer) => {
    const [bad, good] = await post({ ...laptop, ...wrong }, laptop);
    expect([bad?.status, bad && kind(bad), good?.status]).toEqual([422, "validation-failed", 201]);
    expect(bad?.problem?.errors?.map((error) => error.pointer)).toEqual([pointer]);
  });

  it("along with others like it leaves nothing behind", async () => {
    const before = inserts();
    const results = await post({}, { ...laptop, quantity: 0 }, "order");
    expect(results.map(({ status }) => status)).toEqual([422, 422, 422]);
    expect([inserts() - before, await stored(), await enqueued()]).toEqual([0, [], []]);
  });

  it("is told so also while MySQL is away", async () => {
    await toMysql.proxy.down();
    try {
      expect((await post({}, null)).map(({ status }) => status)).toEqual([422, 422]);
    } finally {
      await toMysql.proxy.up();
    }
  });
});

describe("a batch is refused as a whole with 422", () => {
  it.each([
    { what: "of no orders", body: { orders: [] }, pointers: ["#/orders"] },
    { what: "of 501", body: { orders: count(501, () => laptop) }, pointers: ["#/orders"] },
    { what: "that is no list", body: { orders: laptop }, pointers: ["#/orders"] },
    { what: "that is null", body: { orders: null }, pointers: ["#/orders"] },
    { what: "without orders", body: {}, pointers: ["#/orders"] },
    { what: "that is a bare list", body: [laptop], pointers: ["#"] },
    { what: "with an unknown field", body: { orders: [laptop], dryRun: true }, pointers: ["#/dryRun"] },
  ])("$what", async ({ body, pointers }) => {
    expectProblem(await postBody(body), { status: 422, kind: "validation-failed", pointers });
    expect([await stored(), await enqueued()]).toEqual([[], []]);
  });

  it("with a query", async () => {
    const answer = await postBody({ orders: [laptop] }, { query: { dryRun: "1" } });
    expectProblem(answer, { status: 422, kind: "validation-failed", pointers: ["#/dryRun"] });
  });
});

describe("a batch is not read", () => {
  it("over 1 MiB (413), and is taken at 1 MiB", async () => {
    const text = JSON.stringify({ orders: [laptop] });
    expectProblem(await postBody(text.padEnd(1_048_577)), { status: 413, kind: "body-too-large" });
    expect((await postBody(text.padEnd(1_048_576))).status).toBe(200);
  });

  it("of another type (415), or that is no JSON (400)", async () => {
    const asText = await postBody("{}", { headers: { "Content-Type": "text/plain" } });
    expectProblem(asText, { status: 415, kind: "unsupported-media-type" });
    expectProblem(await postBody("{"), { status: 400, kind: "malformed-request" });
  });
});

describe("a batch with keys", () => {
  it("that is sent again is answered with the same orders, each a replay, and nothing is enqueued", async () => {
    const orders = count(20, (index) => keyed(`cart-${index}`, index % 2 === 0 ? {} : { runAt: inAnHour() }));
    const first = await post(...orders);
    for (const [index, { order }] of first.entries()) {
      const events = Object.values(lives)[index % 6] ?? [];
      await live(mysql.database, order?.id ?? "", index % 2 === 0 ? events : [{ type: "cancel" }]);
    }
    const again = await post(...orders);
    expect(first.every(({ replayed }) => replayed === undefined)).toBe(true);
    expect(again).toEqual(first.map((result) => ({ ...result, replayed: true })));
    expect([(await stored()).length, (await enqueued()).length]).toEqual([20, 10]);
  });

  it("of which some were used before stores and enqueues the others", async () => {
    const [old] = await post(keyed("old"));
    const results = await post(keyed("new"), keyed("old"), laptop, keyed("old", { quantity: 3 }));
    expect(results.map(({ status, replayed }) => [status, replayed])).toEqual([
      ...[
        [201, undefined],
        [201, true],
        [201, undefined],
        [422, undefined],
      ],
    ]);
    expect(results[1]?.order).toEqual(old?.order);
    expect(kind(results[3] as Result)).toBe("idempotency-key-reused");
    expect(await enqueued()).toEqual([old, results[0], results[2]].map((result) => result?.order?.id));
  });

  it("twice the same, for equal orders, shares one; for another order it is refused", async () => {
    const results = await post(keyed("k"), keyed("k", { item: " Laptop " }), keyed("k", { price: 1 }), keyed("k"));
    expect(results.map(({ status, replayed }) => [status, replayed])).toEqual([
      ...[
        [201, undefined],
        [201, true],
        [422, undefined],
        [201, true],
      ],
    ]);
    expect(results.map(({ order }) => order?.id)).toEqual(
      [0, 0, undefined, 0].map((at) => (at === undefined ? undefined : results[at]?.order?.id)),
    );
    expect([(await stored()).length, (await enqueued()).length]).toEqual([1, 1]);
  });

  it("shares its keys with orders that are posted one by one", async () => {
    const one = await send(functions.createOrder, {
      ...{ method: "POST", path: "/orders", body: laptop, headers: { "Idempotency-Key": "cart-1" } },
    });
    expect(await post(keyed("cart-1"))).toEqual([{ status: 201, order: one.body, replayed: true }]);
  });

  it("whose first order with a key is not valid leaves the key to the next", async () => {
    const results = await post(keyed("k", { quantity: 0 }), keyed("k"));
    expect(results.map(({ status, replayed }) => [status, replayed])).toEqual([
      ...[
        [422, undefined],
        [201, undefined],
      ],
    ]);
  });

  it("sent many times at once, in whatever order, makes each order once", async () => {
    const orders = count(40, (index) => keyed(`cart-${index}`, { quantity: index + 1 }));
    const answers = await Promise.all(
      count(12, (shift) => post(...(shift % 2 === 0 ? orders : orders.toReversed()).slice(shift))),
    );
    const ids = new Map((await stored()).map(({ id, quantity }) => [quantity, id]));
    expect(ids.size).toBe(40);
    for (const { status, order } of answers.flat()) {
      expect([status, order?.id]).toEqual([201, ids.get(order?.quantity ?? 0)]);
    }
    expect(answers.flat().filter(({ replayed }) => replayed === undefined)).toHaveLength(40);
    expect((await enqueued()).toSorted()).toEqual([...ids.values()].toSorted());
  });
});

describe("when MySQL loses the connection of a batch", () => {
  it.each([
    { when: "before it has seen it", lose: () => toMysql.proxy.loseRequest("insert into `orders`") },
    { when: "after it has stored it", lose: () => toMysql.proxy.loseAnswer("insert into `orders`") },
  ])("$when, each order is stored once and enqueued once", async ({ lose }) => {
    lose();
    const results = await post(keyed("a"), laptop, keyed("b"), laptop);
    expect(results.map(({ status, replayed }) => [status, replayed])).toEqual(count(4, () => [201, undefined]));
    const ids = results.map(({ order }) => order?.id);
    expect([(await stored()).map(({ id }) => id), await enqueued()]).toEqual([ids, ids]);
  });
});
