import fc from "fast-check";
import type { RowDataPacket } from "mysql2/promise";
import { beforeEach, describe, expect, it } from "vitest";
import { useDatabase } from "../test/harness/database.ts";
import { type HttpAnswer, type HttpRequest, send, useFunctions } from "../test/harness/http.ts";
import { useRedis } from "../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const functions = useFunctions(() => ({ MYSQL_URL: mysql.url, REDIS_URL: redis.url }));

const laptop = { item: "Laptop", quantity: 2, price: 1299.99 };
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const yearMs = 366 * 24 * 60 * 60 * 1_000;

const post = (body: unknown, more: Partial<HttpRequest> = {}): Promise<HttpAnswer> =>
  send(functions.createOrder, { method: "POST", path: "/orders", body, ...more });

/** Posts a text as JSON. */
const postText = (body: string | Uint8Array) => post(body, { headers: { "Content-Type": "application/json" } });

const read = (id: string) => send(functions.getOrder, { path: `/orders/${id}`, pathParameters: { id } });

async function rows(): Promise<RowDataPacket[]> {
  const [found] = await mysql.database.run(({ connection }) =>
    connection.query<RowDataPacket[]>("SELECT *, BIN_TO_UUID(id) AS uuid FROM orders ORDER BY id"),
  );
  return found;
}

const entries = async () => (await redis.redis.xrange("orders:queue", "-", "+")).map(([, fields]) => fields);

beforeEach(async () => {
  await mysql.database.run(({ connection }) => connection.query("DELETE FROM orders"));
  await redis.redis.flushdb();
});

describe("an order that is posted", () => {
  it("is answered with 201, its place and itself", async () => {
    const before = Date.now();
    const answer = await post(laptop);
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      location: `/orders/${answer.body.id}`,
      "content-type": "application/json",
    });
    expect(answer.body).toEqual({
      ...{ id: expect.stringMatching(uuid), ...laptop, status: "pending", attempt: 0 },
      ...{ createdAt: expect.stringMatching(rfc3339), updatedAt: answer.body.createdAt },
    });
    expect(Date.parse(answer.body.createdAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(answer.body.createdAt)).toBeLessThanOrEqual(Date.now());
  });

  it("is stored as one pending row", async () => {
    const { body } = await post(laptop);
    expect(await rows()).toEqual([
      expect.objectContaining({
        ...{ uuid: body.id, item: "Laptop", quantity: 2, price: "1299.99", status: "pending" },
        ...{ attempt: 0, failures: 0, version: 0, run_at: null, worker_id: null, reason: null, completed_at: null },
        ...{ due_at: expect.any(Date), created_at: new Date(body.createdAt), updated_at: new Date(body.createdAt) },
      }),
    ]);
  });

  it("is enqueued with its id and quantity, and nothing else", async () => {
    const { body } = await post(laptop);
    expect(await entries()).toEqual([["orderId", body.id, "quantity", "2"]]);
  });

  it("reads back as it was answered", async () => {
    const { body } = await post(laptop);
    expect((await read(body.id)).body).toMatchObject(body);
  });

  it("along with 49 others at once is stored and enqueued once, as each of them", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => post({ ...laptop, quantity: index + 1 })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    const stored = (await rows()).map(({ uuid, quantity }) => `${uuid} ${quantity}`);
    expect(stored.toSorted()).toEqual(answers.map(({ body }) => `${body.id} ${body.quantity}`).toSorted());
    const enqueued = (await entries()).map((fields) => `${fields[1]} ${fields[3]}`);
    expect(enqueued.toSorted()).toEqual(stored.toSorted());
  });

  it("is another one each time", async () => {
    const [one, two] = [await post(laptop), await post(laptop)];
    expect(one.body.id < two.body.id).toBe(true);
    expect(await rows()).toHaveLength(2);
  });
});

describe("a runAt", () => {
  it("in the future makes the order scheduled until then, and not enqueued", async () => {
    const runAt = inMs(3_600_000);
    const { status, body } = await post({ ...laptop, runAt });
    expect([status, body.status, body.runAt]).toEqual([201, "scheduled", runAt]);
    expect(await rows()).toMatchObject([{ status: "scheduled", due_at: new Date(runAt), run_at: new Date(runAt) }]);
    expect(await entries()).toEqual([]);
  });

  it.each(["2020-01-01T00:00:00Z", "1969-12-31T23:59:59.999-12:00", "0001-01-01T00:00:00Z"])(
    "of %s, which is not in the future, is as if absent",
    async (runAt) => {
      const { status, body } = await post({ ...laptop, runAt });
      expect([status, body.status, body.runAt]).toEqual([201, "pending", undefined]);
      expect(await rows()).toMatchObject([{ run_at: null }]);
      expect(await entries()).toHaveLength(1);
    },
  );

  it("with an offset and parts of a millisecond is the same moment in UTC", async () => {
    const day = inMs(48 * 3_600_000).slice(0, 10);
    const { body } = await post({ ...laptop, runAt: `${day}T12:30:00.123456+05:30` });
    expect(body.runAt).toBe(`${day}T07:00:00.123Z`);
    expect((await read(body.id)).body.runAt).toBe(body.runAt);
  });
});

describe("a price", () => {
  it.each([
    ["0", 0],
    ["-0", 0],
    ["0.01", 0.01],
    ["9999999999.99", 9999999999.99],
    ["1e2", 100],
    ["1.10", 1.1],
    ["0.29", 0.29],
    ["1.005e3", 1005],
  ])("of %s comes back exactly", async (text, price) => {
    const { body } = await postText(`{"item":"Laptop","quantity":1,"price":${text}}`);
    expect(body.price).toBe(price);
    const found = await read(body.id);
    expect(found.body.price).toBe(price);
    expect(found.text).toContain(`"price":${price},`);
  });
});

describe("an item", () => {
  it.each([
    "x",
    "'; DROP TABLE orders; -- ",
    "\\' OR 1=1 /* \" ` ? :id #{item} %s",
    "👩‍👩‍👧‍👦 Größe 日本語 العربية",
    "e\u0301 is not \u00e9",
    "zero\u200bwidth",
    "🧨".repeat(255),
    "<script>alert(1)</script>",
    "null",
  ])("%j is stored literally", async (item) => {
    const { status, body } = await post({ ...laptop, item });
    expect([status, body.item]).toEqual([201, item.trim()]);
    expect(await rows()).toMatchObject([{ item: item.trim() }]);
    expect((await read(body.id)).body.item).toBe(item.trim());
  });

  it("loses the spaces around it", async () => {
    expect((await post({ ...laptop, item: " \t\n Laptop \u00a0\r\n" })).body.item).toBe("Laptop");
  });
});

it("whatever valid order is posted, it reads back the same", async () => {
  const anyItem = fc
    .string({ unit: "binary", minLength: 1, maxLength: 255 })
    .filter((text) => text.trim() === text && text !== "" && !/\p{Cc}/u.test(text));
  const anyOrder = fc.record(
    {
      item: anyItem,
      quantity: fc.integer({ min: 1, max: 1_000_000 }),
      price: fc.integer({ min: 0, max: 999_999_999_999 }).map((cents) => cents / 100),
      runAt: fc.integer({ min: 60_000, max: yearMs - 60_000 }).map(inMs),
    },
    { requiredKeys: ["item", "quantity", "price"] },
  );
  await fc.assert(
    fc.asyncProperty(anyOrder, async (order) => {
      const created = await post(order);
      expect(created.status).toBe(201);
      expect(created.body).toMatchObject(order);
      const { history, ...found } = (await read(created.body.id)).body;
      expect(found).toEqual(created.body);
      expect(history).toHaveLength(1);
    }),
    { numRuns: 150 },
  );
});

describe("a request that is still fine", () => {
  it.each(["application/json; charset=utf-8", "Application/JSON", 'application/json;charset="UTF-8"'])(
    "with the content type %s",
    async (type) => {
      expect((await post(laptop, { headers: { "content-type": type } })).status).toBe(201);
    },
  );

  it("with a body in base64", async () => {
    const body = new TextEncoder().encode(JSON.stringify({ ...laptop, item: "Größe 🧨" }));
    expect((await postText(body)).body.item).toBe("Größe 🧨");
  });

  it("with spaces around the JSON", async () => {
    expect((await postText(`\r\n\t ${JSON.stringify(laptop)} \n`)).status).toBe(201);
  });

  it("with a field twice: the last one counts, in the answer as in the row", async () => {
    const { status, body } = await postText('{"item":"A","quantity":1,"item":"B","price":1}');
    expect([status, body.item]).toEqual([201, "B"]);
    expect(await rows()).toMatchObject([{ item: "B" }]);
  });
});
