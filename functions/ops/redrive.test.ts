import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { Database } from "../../core/db/database.ts";
import { useDatabase } from "../../test/harness/database.ts";
import { silent } from "../../test/harness/gateway.ts";
import { live, lives } from "../../test/harness/life.ts";
import { rows, storedHistory, storedState, storeOrders } from "../../test/harness/orders.ts";
import { useProxy } from "../../test/harness/proxy.ts";
import { useRedis } from "../../test/harness/redis.ts";
import { readInput } from "./input.ts";
import { redrive } from "./redrive.ts";
import type { Services } from "./services.ts";

const mysql = useDatabase();
const queue = useRedis();
const toMysql = useProxy(() => mysql.url);

const always = () => true;

function services(more: Partial<Services> = {}): Services {
  const policy = { LEASE_MS: 10_000, MAX_ATTEMPTS: 5 };
  const config = { MYSQL_URL: mysql.url, REDIS_URL: queue.url, LOG_LEVEL: "error" as const, STAGE: "dev", ...policy };
  return { config, log: silent, database: mysql.database, redis: async () => queue.redis, ...more };
}

/** Redrives as the function does for this request. */
async function ask(
  request: object,
  { hasTime = always, ...more }: Partial<Services> & { hasTime?: () => boolean } = {},
) {
  const input = readInput({ operation: "redrive", ...request });
  if (input.operation !== "redrive") throw new Error("it is another operation");
  return redrive(services(more), input, hasTime);
}

async function failedOrders(count: number): Promise<string[]> {
  const orders = await storeOrders(mysql.database, count);
  for (const { id } of orders) await live(mysql.database, id, lives.failed);
  return orders.map(({ id }) => id);
}

beforeEach(async () => {
  await mysql.database.run(async ({ connection }) => {
    for (const table of ["orders", "order_events", "order_totals"]) await connection.query(`TRUNCATE ${table}`);
  });
  await queue.redis.flushdb();
});

const queued = async () => (await queue.redis.xrange("orders:queue", "-", "+")).map(([, fields]) => fields[1]);
const totalFailed = async () =>
  Number(
    (
      await rows<{ sum: string }>(mysql.database, "SELECT SUM(total) AS sum FROM order_totals WHERE status = 'failed'")
    )[0]?.sum,
  );

describe("orders that are named", () => {
  it("go from failed to pending with a line of history, and into the queue", async () => {
    const [id = ""] = await failedOrders(2);
    expect(await ask({ ids: [id] })).toEqual({ redriven: 1, more: false, refused: [] });
    expect(await storedState(mysql.database, id)).toMatchObject({
      status: "pending",
      failures: 0,
      reason: null,
      attempt: 1,
    });
    const history = await storedHistory(mysql.database, id);
    expect(history.at(-1)).toEqual({ seq: 3, status: "pending", attempt: 1, worker: null, reason: "redriven" });
    expect(await queued()).toEqual([id]);
    expect(await totalFailed()).toBe(1);
  });

  it("are refused one by one, with the reason, where they are not failed or not there", async () => {
    const [failed = ""] = await failedOrders(1);
    const [pending] = await storeOrders(mysql.database, 1);
    const unknown = "019aac53-1234-7000-8000-0123456789ab";
    expect(await ask({ ids: [failed, pending!.id, unknown, failed.toUpperCase()] })).toEqual({
      redriven: 1,
      more: false,
      refused: [
        { id: unknown, reason: "there is no such order" },
        { id: pending!.id, reason: "an order that is pending cannot be redriven" },
      ],
    });
  });
});

describe("all failed orders", () => {
  it("are redriven in steps of the limit, each of them once, and no others", async () => {
    const ids = await failedOrders(5);
    await storeOrders(mysql.database, 1);
    const first = await ask({ limit: 2 });
    expect(first).toEqual({ redriven: 2, more: true, next: ids[1] });
    // It fails again meanwhile: it was met already.
    await live(mysql.database, ids[0] ?? "", lives.failed);
    const second = await ask({ limit: 10, after: first.more && "next" in first ? first.next : undefined });
    expect(second).toEqual({ redriven: 3, more: false });
    expect((await queued()).toSorted()).toEqual(ids.toSorted());
    expect((await storedState(mysql.database, ids[0] ?? "")).status).toBe("failed");
  });

  it("that failed since a time are redriven, and older ones are not", async () => {
    const [older = "", newer = ""] = await failedOrders(2);
    await rows(mysql.database, "UPDATE orders SET updated_at = '2026-01-01 12:00:00' WHERE id = UUID_TO_BIN(?)", [
      older,
    ]);
    expect(await ask({ failedSince: "2026-01-01T14:00:00.001+02:00" })).toEqual({ redriven: 1, more: false });
    expect((await storedState(mysql.database, newer)).status).toBe("pending");
    expect(await ask({ failedSince: "2026-01-01T14:00:00+02:00" })).toEqual({ redriven: 1, more: false });
  });

  it("are left for the next invocation when there is no more time", async () => {
    await failedOrders(1);
    expect(await ask({}, { hasTime: () => false })).toEqual({ redriven: 0, more: true });
  });
});

it("without Redis they are redriven all the same", async () => {
  const [id = ""] = await failedOrders(1);
  const redis = () => Promise.reject(new Error("no connection"));
  expect(await ask({ ids: [id] }, { redis })).toMatchObject({ redriven: 1 });
  expect((await storedState(mysql.database, id)).status).toBe("pending");
});

it("when the answer to the commit is lost, they are redriven once and counted", async () => {
  const [id = ""] = await failedOrders(1);
  const database = new Database({ url: toMysql.proxy.url, connections: 1, timeoutMs: 10_000 });
  onTestFinished(() => database.close());
  toMysql.proxy.loseAnswer("COMMIT");
  expect(await ask({ ids: [id] }, { database })).toEqual({ redriven: 1, more: false, refused: [] });
  expect(await storedHistory(mysql.database, id)).toHaveLength(3);
  expect(await queued()).toEqual([id]);
});
