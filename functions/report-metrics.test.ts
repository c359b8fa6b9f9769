import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { useDatabase } from "../test/harness/database.ts";
import { live, lives } from "../test/harness/life.ts";
import { setDue, storeOrders } from "../test/harness/orders.ts";
import { useProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";
import { asUser } from "../test/harness/users.ts";
import { handler } from "./report-metrics.ts";

const mysql = useDatabase();
const queue = useRedis();
const toMysql = useProxy(() => mysql.url);
const toRedis = useProxy(() => queue.url);

beforeAll(async () => {
  vi.stubEnv("MYSQL_URL", asUser("handlers", toMysql.proxy.url));
  vi.stubEnv("REDIS_URL", toRedis.proxy.url);
  // A cloud stage without API keys: this function has no use for them.
  vi.stubEnv("STAGE", "prod");
  vi.stubEnv("API_KEYS", "");
  vi.stubEnv("LOG_LEVEL", "error");
  const [waiting, failed] = await storeOrders(mysql.database, 2);
  await setDue(mysql.database, [waiting!.id], -90_000);
  await live(mysql.database, failed!.id, lives.failed);
  for (const id of [waiting!.id, failed!.id]) await queue.redis.xadd("orders:queue", "*", "orderId", id);
  await queue.redis.xadd("orders:dead", "*", "reason", "no orderId");
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const { proxy } of [toMysql, toRedis]) {
    proxy.thaw();
    await proxy.up();
  }
});

/** The lines that the function writes. */
async function report(): Promise<string[]> {
  const lines: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  await handler();
  return lines;
}

it("writes one line that CloudWatch reads as metrics of the stage", async () => {
  const before = Date.now();
  const [line = "", ...others] = await report();
  expect(others).toEqual([]);
  expect(line.endsWith("\n")).toBe(true);
  const { _aws, ...values } = JSON.parse(line);
  expect(_aws.Timestamp).toBeGreaterThanOrEqual(before);
  expect(_aws.CloudWatchMetrics).toEqual([
    {
      Namespace: "Orders",
      Dimensions: [["Stage"]],
      Metrics: [
        { Name: "OldestPendingAge", Unit: "Milliseconds" },
        { Name: "PendingOrders", Unit: "Count" },
        { Name: "FailedOrders", Unit: "Count" },
        { Name: "QueueDepth", Unit: "Count" },
        { Name: "DeadEntries", Unit: "Count" },
      ],
    },
  ]);
  const { OldestPendingAge, ...counts } = values;
  expect(counts).toEqual({ Stage: "prod", PendingOrders: 1, FailedOrders: 1, QueueDepth: 2, DeadEntries: 1 });
  expect(OldestPendingAge).toBeGreaterThanOrEqual(90_000);
});

it.each([
  { how: "away", fail: () => toRedis.proxy.down() },
  { how: "frozen", fail: async () => toRedis.proxy.freeze() },
])("leaves the queue's metrics out while Redis is $how", async ({ fail }) => {
  await fail();
  const [line = ""] = await report();
  const { _aws, ...values } = JSON.parse(line);
  expect(Object.keys(values)).toEqual(["Stage", "OldestPendingAge", "PendingOrders", "FailedOrders"]);
  expect(_aws.CloudWatchMetrics[0].Metrics).toHaveLength(3);
});

it.each([
  { how: "away", fail: () => toMysql.proxy.down() },
  { how: "frozen", fail: async () => toMysql.proxy.freeze() },
])("fails, within the time that a function has, while MySQL is $how", async ({ fail }) => {
  await fail();
  const begun = performance.now();
  await expect(report()).rejects.toThrow("MySQL");
  expect(performance.now() - begun).toBeLessThan(5_900);
});
