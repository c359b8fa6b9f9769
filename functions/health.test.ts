import { afterEach, describe, expect, it } from "vitest";
import { useDatabase } from "../test/harness/database.ts";
import { send, useFunctions } from "../test/harness/http.ts";
import { useProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";

const mysql = useDatabase();
const redis = useRedis();
const toMysql = useProxy(() => mysql.url);
const toRedis = useProxy(() => redis.url);
const functions = useFunctions(() => ({
  MYSQL_URL: toMysql.proxy.url,
  REDIS_URL: toRedis.proxy.url,
  ENQUEUE_TIMEOUT_MS: "1000",
}));

const ask = () => send(functions.health, { path: "/health" });
const well = () => until("good health", async () => (await ask()).body.status === "ok");

afterEach(async () => {
  for (const { proxy } of [toMysql, toRedis]) {
    proxy.thaw();
    await proxy.up();
  }
  await well();
});

describe("the health", () => {
  it("is ok while MySQL and Redis answer", async () => {
    const { status, headers, body } = await ask();
    expect([status, headers["content-type"]]).toEqual([200, "application/json"]);
    expect(body).toEqual({ status: "ok", checks: { mysql: "ok", redis: "ok" } });
  });

  it.each([
    { how: "away", fail: () => toRedis.proxy.down() },
    { how: "frozen", fail: async () => toRedis.proxy.freeze() },
  ])("is degraded, and still 200, while Redis is $how", async ({ fail }) => {
    await fail();
    const { status, body } = await ask();
    expect(status).toBe(200);
    expect(body).toEqual({ status: "degraded", checks: { mysql: "ok", redis: "unavailable" } });
  });

  it.each([
    { how: "away", fail: () => toMysql.proxy.down() },
    { how: "frozen", fail: async () => toMysql.proxy.freeze() },
  ])("is 503 within 3 s while MySQL is $how", async ({ fail }) => {
    await fail();
    const start = performance.now();
    const { status, body } = await ask();
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(status).toBe(503);
    expect(body).toEqual({ status: "unavailable", checks: { mysql: "unavailable", redis: "ok" } });
  });
});
