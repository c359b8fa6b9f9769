import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpsConfig } from "../../core/config/ops.ts";
import { refreshCounts } from "../../core/db/counts.ts";
import { Database, forBatches } from "../../core/db/database.ts";
import { migrateDatabase } from "../../core/db/migrations.ts";
import { connected, connectRedis } from "../../core/queue/connection.ts";
import { useDatabase } from "../../test/harness/database.ts";
import { silent } from "../../test/harness/gateway.ts";
import { live, lives } from "../../test/harness/life.ts";
import { rows, setDue, storeOrders } from "../../test/harness/orders.ts";
import { useProxy } from "../../test/harness/proxy.ts";
import { useRedis } from "../../test/harness/redis.ts";
import { asUser, userUrls } from "../../test/harness/users.ts";
import type { Check } from "./doctor/check.ts";
import { doctor } from "./doctor.ts";
import { ownerUrl } from "./services.ts";

const mysql = useDatabase();
const queue = useRedis();
const toMysql = useProxy(() => mysql.url);
const toRedis = useProxy(() => queue.url);

beforeEach(async () => {
  await mysql.database.run(async ({ connection }) => {
    for (const table of ["orders", "order_events", "order_totals", "order_counts"]) {
      await connection.query(`TRUNCATE ${table}`);
    }
  });
  await queue.redis.flushdb();
  // A gateway counts, and a worker reads.
  await mysql.database.transaction((session) => refreshCounts(session, 0));
  await queue.redis.xgroup("CREATE", "orders:queue", "workers", "0", "MKSTREAM");
  await queue.redis.xreadgroup("GROUP", "workers", "worker-1", "COUNT", 1, "NOACK", "STREAMS", "orders:queue", ">");
});

afterEach(async () => {
  for (const { proxy } of [toMysql, toRedis]) {
    proxy.thaw();
    await proxy.up();
  }
});

/** What the doctor says, by the way of the proxies, with connections of its own as the function has. */
async function examine(more: Partial<OpsConfig> = {}) {
  const config: OpsConfig = {
    ...{ MYSQL_URL: toMysql.proxy.url, REDIS_URL: toRedis.proxy.url, LOG_LEVEL: "error", STAGE: "dev" },
    ...{ LEASE_MS: 10_000, MAX_ATTEMPTS: 5 },
    ...more,
  };
  const database = new Database({ url: ownerUrl(config), connections: 1, timeoutMs: 1_500, ...forBatches });
  const client = connectRedis(config.REDIS_URL, 1_000);
  const redis = async () => {
    await connected(client, 1_000);
    return client;
  };
  try {
    const { status, checks } = await doctor({ config, log: silent, database, redis });
    return { status, checks, of: (name: string) => checks.find((check) => check.name === name) };
  } finally {
    client.disconnect();
    await database.close();
  }
}

const notOk = (checks: readonly Check[]) => checks.filter(({ status }) => status !== "ok").map(({ name }) => name);

it("finds nothing amiss in a system that is well", async () => {
  const { status, checks, of } = await examine();
  expect(notOk(checks)).toEqual([]);
  expect(status).toBe("ok");
  expect(of("durability")?.found).toBe("innodb_flush_log_at_trx_commit=1, sync_binlog=1");
  expect(of("mysql clock")?.found).toMatch(/^\d+ ms (ahead|behind), ± \d+ ms$/);
  for (const { fix } of checks) expect(fix).toBeUndefined();
});

describe("what is away", () => {
  const ofMysql = ["mysql writes", "migrations", "durability", "isolation", "sql mode", "connections"];
  const ofRows = ["gateway", "expired leases", "scheduled orders", "lost orders", "failed orders"];
  const ofTransactions = ["long transactions", "purge"];
  const ofRedis = ["redis writes", "redis eviction", "redis memory", "redis persistence", "redis clock"];
  const ofQueue = ["consumer group", "workers", "queue", "dead entries"];

  it.each([
    { how: "away", fail: () => toMysql.proxy.down() },
    { how: "frozen", fail: async () => toMysql.proxy.freeze() },
  ])("MySQL $how fails, and nothing that depends on it reads as passed", async ({ fail }) => {
    await fail();
    const { status, checks, of } = await examine();
    expect(status).toBe("fail");
    expect(of("mysql")).toMatchObject({ status: "fail", fix: expect.stringContaining("MYSQL_URL") });
    expect(notOk(checks)).toEqual([
      "mysql",
      ...ofMysql,
      "mysql tls",
      "mysql clock",
      ...ofTransactions,
      ...ofRows,
      "settings",
    ]);
    for (const name of [...ofMysql, ...ofTransactions, ...ofRows, "settings"])
      expect(of(name)?.found).toMatch(/^not known: /);
  });

  it.each([
    { how: "away", fail: () => toRedis.proxy.down() },
    { how: "frozen", fail: async () => toRedis.proxy.freeze() },
  ])("Redis $how fails, and nothing that depends on it reads as passed", async ({ fail }) => {
    await fail();
    const { status, checks, of } = await examine();
    expect(status).toBe("fail");
    expect(of("redis")).toMatchObject({ status: "fail", fix: expect.stringContaining("REDIS_URL") });
    expect(notOk(checks)).toEqual(["redis", ...ofRedis, ...ofQueue, "lost orders"]);
  });
});

describe("the database", () => {
  it("that lacks a migration is to be migrated", async () => {
    await rows(mysql.database, "UPDATE __drizzle_migrations SET created_at = created_at - 1");
    const { status, of } = await examine();
    await rows(mysql.database, "UPDATE __drizzle_migrations SET created_at = created_at + 1");
    expect(status).toBe("fail");
    expect(of("migrations")).toMatchObject({
      ...{ status: "fail", found: "not applied: 0000_create_orders", fix: "npm run orders -- migrate" },
    });
  });

  it("that newer code has migrated is told of", async () => {
    await rows(mysql.database, "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 9e12)");
    const { of } = await examine();
    await rows(mysql.database, "DELETE FROM __drizzle_migrations WHERE hash = 'x'");
    expect(of("migrations")).toMatchObject({ status: "warn" });
  });

  it("that is not encrypted is told of in a cloud stage", async () => {
    expect((await examine({ STAGE: "prod" })).of("mysql tls")).toMatchObject({
      status: "warn",
      found: "not encrypted",
    });
  });
});

describe("the users of MySQL", () => {
  const asUsers = () => ({
    MYSQL_OWNER_URL: toMysql.proxy.url,
    MYSQL_URL: asUser("handlers", toMysql.proxy.url),
    MYSQL_GATEWAY_URL: asUser("gateway", toMysql.proxy.url),
  });

  it("who are as they should be are well", async () => {
    const { checks, of } = await examine(asUsers());
    expect(notOk(checks)).toEqual([]);
    expect(of("mysql users")?.found).toBe("handlers and gateway, as they should be");
  });

  it("are not well where one is for all, in a cloud stage", async () => {
    const [alone, cloud] = [await examine(), await examine({ STAGE: "prod" })];
    expect(alone.of("mysql users")).toMatchObject({ status: "ok", found: "one user for all" });
    expect(cloud.of("mysql users")).toMatchObject({ status: "warn", found: "one user for all" });
  });

  it("who lack something, or have more, are told of", async () => {
    await rows(mysql.database, "REVOKE INSERT ON orders FROM 'orders_test_handlers'@'%'");
    await rows(mysql.database, "GRANT DELETE ON orders TO 'orders_test_gateway'@'%'");
    const { of } = await examine(asUsers());
    await migrateDatabase(mysql.url, { users: userUrls(mysql.url) });
    expect(of("mysql users")).toMatchObject({
      status: "fail",
      found: "the user of the handlers lacks INSERT on orders; the user of the gateway has DELETE on orders beyond",
      fix: expect.stringContaining("npm run orders -- migrate"),
    });
    expect((await examine(asUsers())).of("mysql users")?.status).toBe("ok");
  });

  it("whom MySQL does not take are told of, and without MySQL nothing is known of any", async () => {
    const stranger = new URL(toMysql.proxy.url);
    stranger.username = "orders_test_nobody";
    const refused = await examine({ ...asUsers(), MYSQL_GATEWAY_URL: stranger.href });
    expect(refused.of("mysql users")).toMatchObject({
      status: "fail",
      found: expect.stringMatching(/^the user of the gateway is refused: Access denied for user 'orders_test_nobody'/),
    });
    await toMysql.proxy.down();
    const away = await examine(asUsers());
    expect(away.of("mysql users")).toMatchObject({ status: "warn", found: expect.stringMatching(/^not known: /) });
  });
});

describe("the queue", () => {
  it("without its group fails", async () => {
    await queue.redis.flushdb();
    const { checks } = await examine();
    expect(notOk(checks)).toEqual(["consumer group", "workers"]);
  });

  it("that nobody reads fails", async () => {
    await queue.redis.xgroup("DELCONSUMER", "orders:queue", "workers", "worker-1");
    const { of } = await examine();
    expect(of("workers")).toMatchObject({ status: "fail", found: "0 workers read the queue" });
  });

  it("with an entry that waits for long is told of", async () => {
    await queue.redis.xadd("orders:queue", `${Date.now() - 300_000}-0`, "orderId", "x");
    expect((await examine()).of("queue")).toMatchObject({ status: "warn", found: "1 wait, the first for 5 min" });
  });

  it("with dead entries is told of", async () => {
    await queue.redis.xadd("orders:dead", "*", "reason", "no orderId");
    expect((await examine()).of("dead entries")).toMatchObject({ status: "warn", found: "1" });
  });
});

describe("the orders", () => {
  it("whose counts nobody keeps tell that no gateway runs", async () => {
    await rows(mysql.database, "UPDATE order_counts SET as_of = as_of - INTERVAL 1 HOUR");
    expect((await examine()).of("gateway")).toMatchObject({ status: "fail", found: "counted 60 min ago" });
    await rows(mysql.database, "TRUNCATE order_counts");
    expect((await examine()).of("gateway")).toMatchObject({ status: "fail", found: "the orders were never counted" });
  });

  it.each([
    { name: "expired leases", status: "processing" },
    { name: "scheduled orders", status: "scheduled" },
    { name: "lost orders", status: "pending" },
  ] as const)("that are $status for too long fail: $name", async ({ name, status }) => {
    const orders = await storeOrders(mysql.database, 2);
    for (const { id } of orders) await live(mysql.database, id, lives[status]);
    const [first, second] = orders.map(({ id }) => id) as [string, string];
    await setDue(mysql.database, [first], -20_000);
    await setDue(mysql.database, [second], -20_000);
    expect((await examine()).of(name)?.status).toBe("ok");
    await setDue(mysql.database, [second], -40_000);
    const { checks, of } = await examine();
    expect(notOk(checks)).toEqual([name]);
    expect(of(name)).toMatchObject({ status: "fail", found: `1, the first is ${second}` });
  });

  it("that wait for as long as the queue's first entry are not lost", async () => {
    const [order] = await storeOrders(mysql.database, 1);
    await setDue(mysql.database, [order!.id], -300_000);
    await queue.redis.xadd("orders:queue", `${Date.now() - 300_000}-0`, "orderId", order!.id);
    expect((await examine()).of("lost orders")?.status).toBe("ok");
  });

  it("whose lease is longer, or whose failures are more, than the settings here allow are told of", async () => {
    const [order] = await storeOrders(mysql.database, 1);
    await live(mysql.database, order!.id, lives.processing);
    const lease = await examine({ LEASE_MS: 2_000 });
    expect(lease.of("settings")).toMatchObject({
      ...{ status: "warn", found: expect.stringMatching(/^a lease ends in \d+ ms, and LEASE_MS is 2000 here$/) },
      fix: expect.stringMatching(/^give gateways and functions the same values/),
    });
    await rows(mysql.database, "UPDATE orders SET failures = 3");
    expect((await examine({ MAX_ATTEMPTS: 3 })).of("settings")?.found).toBe(
      "an order is still tried after 3 failures, and MAX_ATTEMPTS is 3 here",
    );
    expect((await examine()).of("settings")).toMatchObject({ status: "ok", found: "LEASE_MS=10000, MAX_ATTEMPTS=5" });
  });

  it("that failed are told of", async () => {
    const [order] = await storeOrders(mysql.database, 1);
    await live(mysql.database, order!.id, lives.failed);
    await mysql.database.transaction((session) => refreshCounts(session, 0));
    expect((await examine()).of("failed orders")).toMatchObject({ status: "warn", found: "1" });
  });
});
