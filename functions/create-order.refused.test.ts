import fc from "fast-check";
import type { RowDataPacket } from "mysql2/promise";
import { beforeEach, describe, expect, it } from "vitest";
import { useDatabase } from "../test/harness/database.ts";
import { expectProblem, type HttpAnswer, type HttpRequest, send, useFunctions } from "../test/harness/http.ts";
import { useRedis } from "../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const functions = useFunctions(() => ({ MYSQL_URL: mysql.url, REDIS_URL: redis.url }));

const laptop = { item: "Laptop", quantity: 2, price: 1299.99 };
const yearMs = 366 * 24 * 60 * 60 * 1_000;

const post = (body: unknown, more: Partial<HttpRequest> = {}): Promise<HttpAnswer> =>
  send(functions.createOrder, { method: "POST", path: "/orders", body, ...more });

/** Posts a text or bytes as JSON. */
const postText = (body: string | Uint8Array) => post(body, { headers: { "Content-Type": "application/json" } });

beforeEach(async () => {
  await mysql.database.run(({ connection }) => connection.query("DELETE FROM orders"));
  await redis.redis.flushdb();
});

/** Expects that nothing was stored and nothing enqueued. */
async function expectNothingHappened(): Promise<void> {
  const [rows] = await mysql.database.run(({ connection }) =>
    connection.query<RowDataPacket[]>("SELECT * FROM orders"),
  );
  expect(rows).toEqual([]);
  expect(await redis.redis.keys("*")).toEqual([]);
}

describe("a body that is no JSON is refused with 400", () => {
  it.each(
    [
      ["", "that is empty"],
      [" ", "of spaces"],
      ["{", "that is cut"],
      ["{'item':'Laptop'}", "in single quotes"],
      ['{"item":"Laptop","quantity":2,"price":NaN}', "with NaN"],
      ['{"item":"Laptop","quantity":2,"price":Infinity}', "with Infinity"],
      ['{"item":"Laptop","quantity":2,"price":+1}', "with a plus sign"],
      ['{"item":"Laptop","quantity":02,"price":1}', "with a leading zero"],
      ['{"item":"Laptop","quantity":2,"price":1,}', "with a trailing comma"],
      ['{"item":"Lap\ntop","quantity":2,"price":1}', "with a bare line break in a text"],
      ['{"item":"Laptop","quantity":2,"price":1} x', "with something behind it"],
      ["item=Laptop&quantity=2&price=1", "that is a form"],
      ["[".repeat(500_000), "that opens brackets only"],
    ].map(([text = "", what]) => ({ text, what })),
  )("one $what", async ({ text }) => {
    expectProblem(await postText(text), { status: 400, kind: "malformed-request" });
    await expectNothingHappened();
  });

  it("for bytes that are not UTF-8", async () => {
    const bytes = Buffer.from('{"item":"Gr\xf6\xdfe","quantity":2,"price":1}', "latin1");
    expectProblem(await postText(bytes), { status: 400, kind: "malformed-request" });
    await expectNothingHappened();
  });

  it("for a request without a body", async () => {
    const answer = await post(undefined, { headers: { "content-type": "application/json" } });
    expectProblem(answer, { status: 400, kind: "malformed-request" });
    await expectNothingHappened();
  });
});

describe("a content type other than JSON is refused with 415", () => {
  it.each([
    undefined,
    "",
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json; charset=iso-8859-1",
    "application/jsonp",
    "application/problem+json",
    "application/json, text/plain",
  ])("%s", async (type) => {
    const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
    const answer = await post(JSON.stringify(laptop), { headers });
    expectProblem(answer, { status: 415, kind: "unsupported-media-type" });
    await expectNothingHappened();
  });
});

describe("a body over 1 MiB is refused with 413", () => {
  const padded = (bytes: number) => JSON.stringify(laptop).padEnd(bytes, " ");

  it.each([
    { what: "2 MB", body: padded(2_000_000) },
    { what: "one byte too many", body: padded(1_048_577) },
    { what: "too many bytes in fewer characters", body: `"${"€".repeat(400_000)}"` },
    { what: "too many bytes in base64", body: new TextEncoder().encode(padded(1_048_577)) },
  ])("$what", async ({ body }) => {
    expectProblem(await postText(body), { status: 413, kind: "body-too-large" });
    await expectNothingHappened();
  });

  it("even before its content type is looked at", async () => {
    const answer = await post(padded(2_000_000), { headers: { "content-type": "text/plain" } });
    expectProblem(answer, { status: 413, kind: "body-too-large" });
  });

  it("and one of just 1 MiB is taken", async () => {
    expect((await postText(padded(1_048_576))).status).toBe(201);
  });
});

/** A JSON text that nests this deep. */
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const withField = (name: string, json: string) =>
  `${JSON.stringify({ ...laptop, [name]: undefined }).slice(0, -1)},${JSON.stringify(name)}:${json}}`;

describe("an order that is not valid is refused with 422 and the place of each error", () => {
  const wrong: readonly [text: string, pointers: string[]][] = [
    ["null", ["#"]],
    ["true", ["#"]],
    ['"order"', ["#"]],
    ["[]", ["#"]],
    [`[${JSON.stringify(laptop)}]`, ["#"]],
    [nested(100_000), ["#"]],
    ["{}", ["#/item", "#/quantity", "#/price"]],
    ['{"item":"Laptop"}', ["#/quantity", "#/price"]],
    ['{"item":1,"quantity":"2","price":"3"}', ["#/item", "#/quantity", "#/price"]],
  ];

  it.each(wrong.map(([text, pointers]) => ({ text, pointers, shown: text.slice(0, 40) })))("$shown", async (row) => {
    const { text, pointers } = row;
    expectProblem(await postText(text), { status: 422, kind: "validation-failed", pointers });
    await expectNothingHappened();
  });

  const invalid: readonly [name: string, json: string][] = [
    ["item", "null"],
    ["item", "7"],
    ["item", '["Laptop"]'],
    ["item", nested(100_000)],
    ["item", '""'],
    ["item", '" \\t\\n "'],
    ["item", `"${"x".repeat(256)}"`],
    ["item", `"${"🧨".repeat(256)}"`],
    ["item", '"a\\u0000b"'],
    ["item", '"a\\nb"'],
    ["item", '"a\\u001bb"'],
    ["item", '"a\\u007fb"'],
    ["item", '"a\\u0085b"'],
    ["item", '"\\ud800"'],
    ["item", '"a\\udc00b"'],
    ["quantity", "null"],
    ["quantity", '"2"'],
    ["quantity", "0"],
    ["quantity", "-1"],
    ["quantity", "1.5"],
    ["quantity", "1000001"],
    ["quantity", "1e400"],
    ["quantity", "9007199254740993"],
    ["quantity", "true"],
    ["quantity", "[2]"],
    ["price", "null"],
    ["price", '"2"'],
    ["price", '"1.10"'],
    ["price", "0.001"],
    ["price", "-0.001"],
    ["price", "-0.01"],
    ["price", "1.005"],
    ["price", "1e400"],
    ["price", "-1e400"],
    ["price", "10000000000"],
    ["price", "9999999999.995"],
    ["price", "{}"],
    ["runAt", "null"],
    ["runAt", "1800000000000"],
    ["runAt", '""'],
    ["runAt", '"tomorrow"'],
    ["runAt", '"2027-01-31"'],
    ["runAt", '"2027-01-31T12:00:00"'],
    ["runAt", '"2027-02-30T12:00:00Z"'],
    ["runAt", '"2027-01-31T25:00:00Z"'],
    ["runAt", '"2027-01-31 12:00:00Z"'],
    ["runAt", '"9999-12-31T23:59:59Z"'],
    ["runAt", '"+010000-01-01T00:00:00Z"'],
    ["status", '"completed"'],
    ["id", '"019aac53-1234-7000-8000-0123456789ab"'],
    ["Item", '"Laptop"'],
    ["constructor", "1"],
    ["__proto__", '{"item":"x"}'],
  ];

  it.each(invalid.map(([name, json]) => ({ name, json, shown: json.slice(0, 40) })))("$name: $shown", async (row) => {
    const { name, json } = row;
    const answer = await postText(withField(name, json));
    expectProblem(answer, { status: 422, kind: "validation-failed", pointers: [`#/${name}`] });
    await expectNothingHappened();
  });

  it("runAt: more than a year ahead", async () => {
    const answer = await post({ ...laptop, runAt: new Date(Date.now() + yearMs + 60_000).toISOString() });
    expectProblem(answer, { status: 422, kind: "validation-failed", pointers: ["#/runAt"] });
    await expectNothingHappened();
  });

  it("with a pointer that is well-formed whatever the field is called", async () => {
    const answer = await postText(withField("a/b~c %\ud800é", "1"));
    expectProblem(answer, { status: 422, kind: "validation-failed", pointers: ["#/a~1b~0c%20%25%EF%BF%BD%C3%A9"] });
  });

  it.each([
    {
      what: "very many fields",
      fields: Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`field${n}`, 1])),
    },
    { what: "a field with a very long name", fields: { ["é".repeat(250_000)]: 1 } },
  ])("in an answer that stays small for $what", async ({ fields }) => {
    const answer = await post({ ...laptop, price: "x", ...fields });
    expect([answer.status, answer.body.type]).toEqual([422, "urn:problem:orders:validation-failed"]);
    expect(answer.body.errors.length).toBeLessThanOrEqual(20);
    expect(answer.text.length).toBeLessThan(50_000);
    await expectNothingHappened();
  });
});

it("whatever JSON is posted, the answer is 201 or a problem below 500", async () => {
  const anyValue = fc.oneof(fc.jsonValue(), fc.constantFrom("Laptop", 1, 2, 1.5, "2027-01-31T12:00:00Z"));
  const anyBody = fc.dictionary(fc.oneof(fc.constantFrom("item", "quantity", "price", "runAt"), fc.string()), anyValue);
  await fc.assert(
    fc.asyncProperty(anyBody, async (body) => {
      const answer = await post(body);
      if (answer.status !== 201) expect([answer.status, answer.body.status]).toEqual([422, 422]);
    }),
    { numRuns: 300 },
  );
});
