import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { useDatabase } from "../../test/harness/database.ts";
import { expectProblem, type Functions, type HttpRequest, send, useFunctions } from "../../test/harness/http.ts";
import { rows } from "../../test/harness/orders.ts";
import { useRedis } from "../../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const functions = useFunctions(() => ({
  MYSQL_URL: mysql.url,
  REDIS_URL: redis.url,
  STAGE: "production",
  // The shop is changing its key: both are good meanwhile.
  API_KEYS: `shop:${sha256("shop-key")},shop:${sha256("shop-key-2").toUpperCase()},billing:${sha256("billing-key")}`,
}));

const id = "019aac53-1234-7000-8000-0123456789ab";
const laptop = { item: "Laptop", quantity: 2, price: 1299.99 };
const unauthorized = { status: 401, kind: "unauthorized" } as const;

type Name = Exclude<keyof Functions, "httpFunction">;
type Route = HttpRequest & { readonly name: Name; readonly well: number };

const guarded: readonly Route[] = [
  { name: "createOrder", method: "POST", path: "/orders", body: laptop, well: 201 },
  { name: "createOrders", method: "POST", path: "/orders/batch", body: { orders: [laptop] }, well: 200 },
  { name: "listOrders", path: "/orders", well: 200 },
  { name: "getOrder", path: `/orders/${id}`, pathParameters: { id }, well: 404 },
  { name: "cancelOrder", method: "POST", path: `/orders/${id}/cancel`, pathParameters: { id }, well: 404 },
  { name: "redriveOrder", method: "POST", path: `/orders/${id}/redrive`, pathParameters: { id }, well: 404 },
  { name: "stats", path: "/stats", well: 200 },
];

const open: readonly Route[] = [
  { name: "health", path: "/health", well: 200 },
  { name: "openapi", path: "/openapi.json", well: 200 },
  { name: "unknownRoute", path: "/nothing", well: 404 },
  { name: "unknownRoute", method: "DELETE", path: "/orders", well: 405 },
];

/** Sends a request with these headers besides its own. */
const ask = (route: HttpRequest & { name: Name }, headers: Record<string, string>) =>
  send(functions[route.name], { ...route, headers: { ...route.headers, ...headers } });

const withKey = (key: string) => ({ Authorization: `Bearer ${key}` });

describe.each(guarded)("the route of $name", (route) => {
  it.each([
    { what: "without a key", headers: {} },
    { what: "with an empty header", headers: { Authorization: "" } },
    { what: "with a wrong key", headers: withKey("shop-kez") },
    { what: "with the hash of a key", headers: withKey(sha256("shop-key")) },
    { what: "with a key of another case", headers: withKey("SHOP-KEY") },
    { what: "with the beginning of a key", headers: withKey("shop") },
    { what: "with an empty key", headers: withKey("") },
    { what: "with a key and something behind it", headers: withKey("shop-key, billing-key") },
    { what: "with another scheme", headers: { Authorization: "Basic shop-key" } },
    { what: "with no scheme", headers: { Authorization: "shop-key" } },
    { what: "with a key in another header", headers: { "X-Api-Key": "shop-key" } },
  ])("$what is refused with 401 and how to come in", async ({ headers }) => {
    const answer = await ask(route, headers);
    expectProblem(answer, unauthorized);
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
    expect(answer.text).not.toMatch(/shop|billing/);
  });

  it.each([
    { what: "a key", headers: withKey("shop-key") },
    { what: "the key that will replace it", headers: withKey("shop-key-2") },
    { what: "another's key", headers: withKey("billing-key") },
    { what: "the scheme in lower case", headers: { authorization: "bearer shop-key" } },
    { what: "the scheme in upper case", headers: { AUTHORIZATION: "BEARER shop-key" } },
    { what: "spaces between and behind", headers: { Authorization: "Bearer   shop-key " } },
  ])("answers those who come with $what", async ({ headers }) => {
    expect((await ask(route, headers)).status).toBe(route.well);
  });

  it("tells of the missing key before anything else that is wrong", async () => {
    const query = { nonsense: "1", cursor: "x" };
    expectProblem(await ask({ ...route, query }, {}), unauthorized);
    for (const body of ["x".repeat(2_000_000), "{", "{}"]) {
      const headers = { "Content-Type": "text/plain", "Idempotency-Key": "" };
      expectProblem(await ask({ ...route, body, headers }, {}), unauthorized);
    }
  });
});

it.each(open)("$method $path needs no key", async (route) => {
  expect((await ask(route, {})).status).toBe(route.well);
  expect((await ask(route, withKey("wrong"))).status).toBe(route.well);
});

it("what is refused stores and enqueues nothing", async () => {
  await rows(mysql.database, "DELETE FROM orders");
  await redis.redis.flushdb();
  for (const route of guarded) await ask(route, withKey("wrong"));
  expect(await rows(mysql.database, "SELECT * FROM orders")).toEqual([]);
  expect(await redis.redis.keys("*")).toEqual([]);
});

describe("an idempotency key belongs to its caller:", () => {
  const post = (key: string, idempotencyKey: string, order: object = laptop) =>
    send(functions.createOrder, {
      ...{ method: "POST", path: "/orders", body: order },
      headers: { ...withKey(key), "Idempotency-Key": idempotencyKey },
    });

  it("two callers with the same one never meet", async () => {
    const [shop, billing] = [
      await post("shop-key", "cart-1"),
      await post("billing-key", "cart-1", { ...laptop, quantity: 3 }),
    ];
    expect([shop.status, billing.status]).toEqual([201, 201]);
    expect(billing.headers).not.toHaveProperty("idempotent-replayed");
    expect(billing.body.id).not.toBe(shop.body.id);
    expect((await post("shop-key", "cart-1")).body).toEqual(shop.body);
  });

  it("a caller's two keys are one caller", async () => {
    const first = await post("shop-key", "cart-2");
    const again = await post("shop-key-2", "cart-2");
    expect([again.body.id, again.headers["idempotent-replayed"]]).toEqual([first.body.id, "true"]);
  });

  it("names and keys that read the same together are apart", async () => {
    const answers = await Promise.all([post("shop-key", "x"), post("shop-key", '","x'), post("billing-key", "x")]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(3);
  });

  it("callers at the same time are told apart, also in batches", async () => {
    const orders = [{ ...laptop, idempotencyKey: "cart-3" }];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        send(functions.createOrders, {
          ...{ method: "POST", path: "/orders/batch", body: { orders } },
          headers: withKey(index % 2 === 0 ? "shop-key" : "billing-key"),
        }),
      ),
    );
    const ids = answers.map(({ body }) => body.results[0].order.id);
    expect(new Set(ids.filter((_, index) => index % 2 === 0)).size).toBe(1);
    expect(new Set(ids).size).toBe(2);
  });
});
