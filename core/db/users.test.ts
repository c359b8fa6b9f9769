import mysql, { type Connection } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useDatabase } from "../../test/harness/database.ts";
import { claim, live, lives } from "../../test/harness/life.ts";
import { rows, storeOrders } from "../../test/harness/orders.ts";
import { asUser, userUrls } from "../../test/harness/users.ts";
import { createBirths } from "../domain/identity.ts";
import { newOrder } from "../domain/order.ts";
import { lockDue, lockExpired, lockPendingSince } from "./changes.ts";
import { currentCounts, keptCounts, oldestPendingAgeMs, refreshCounts } from "./counts.ts";
import { createOrders } from "./create-orders.ts";
import { Database } from "./database.ts";
import { readTime } from "./diagnosis.ts";
import { newestLatencies } from "./latencies.ts";
import { listOrders, searchOrders } from "./list-orders.ts";
import { migrateDatabase } from "./migrations.ts";
import { findHistory, findOrder } from "./orders.ts";
import { assertMigrated } from "./server.ts";
import { difference, passing, privileges, type UserKind, userKinds } from "./users.ts";

const { database: owner, gateway, url } = useDatabase();
const handlers = new Database({ url: asUser("handlers", url), connections: 2, timeoutMs: 10_000 });
const nextBirth = createBirths(Date.now);
const plain = {} as Record<UserKind, Connection>;

beforeAll(async () => {
  for (const kind of userKinds) plain[kind] = await mysql.createConnection(asUser(kind, url));
});

afterAll(async () => {
  await handlers.close();
  for (const connection of Object.values(plain)) connection.destroy();
});

/** All that a kind of process does in MySQL. */
const ways: Readonly<Record<UserKind, () => Promise<void>>> = {
  handlers: async () => {
    const { id, createdAt } = nextBirth();
    const order = newOrder(id, { item: "Laptop", quantity: 2, priceCents: 129_999, runAt: null }, createdAt);
    const idempotency = {
      key: Buffer.from(id.replaceAll("-", "").padEnd(64, "0"), "hex"),
      fingerprint: Buffer.alloc(32),
    };
    await handlers.run((session) => createOrders(session, [{ order, idempotency }]));
    const again = newOrder(nextBirth().id, order, createdAt);
    const [replay] = await handlers.run((session) => createOrders(session, [{ order: again, idempotency }]));
    expect(replay).toMatchObject({ outcome: "replayed", order: { id } });
    await live(handlers, id, [{ type: "cancel" }]);
    const [failed] = await storeOrders(owner, 1);
    await live(owner, failed!.id, lives.failed);
    await live(handlers, failed!.id, [{ type: "redrive" }]);
    await handlers.run(async (session) => {
      await findOrder(session, id);
      await findHistory(session, id);
      await listOrders(session, { limit: 50 });
      await listOrders(session, { status: "pending", limit: 50 });
      await currentCounts(session, 5_000);
      await searchOrders(session, { item: "lap", limit: 50 });
      await keptCounts(session);
      await readTime(session);
      await oldestPendingAgeMs(session);
      await newestLatencies(session);
    });
  },
  gateway: async () => {
    await gateway.run(({ connection }) => assertMigrated(connection));
    const [completed, failed, released] = await storeOrders(owner, 3);
    await live(gateway, completed!.id, lives.completed);
    await live(gateway, failed!.id, lives.failed);
    await live(gateway, released!.id, [claim, { type: "release" }]);
    for (const lock of [lockDue, lockExpired]) await gateway.transaction((session) => lock(session, 10));
    await gateway.transaction((session) => lockPendingSince(session, new Date(), 10));
    await gateway.transaction((session) => refreshCounts(session, 0));
  },
};

describe.each(userKinds)("the user of the %s", (kind) => {
  it("can do all that its processes do", async () => {
    await ways[kind]();
    await ways[kind]();
  });

  const each = Object.entries(privileges[kind]).flatMap(([table, list]) =>
    list.map((privilege) => {
      const isPassing = passing[kind][table]?.includes(privilege) ?? false;
      return { table, privilege, isPassing, needs: isPassing ? "does not need, in passing," : "needs" };
    }),
  );

  it.each(each)(
    "$needs $privilege on $table, and a migration gives it back",
    async ({ table, privilege, isPassing }) => {
      await rows(owner, `REVOKE ${privilege} ON ${table} FROM 'orders_test_${kind}'@'%'`);
      const refusal = "MySQL refuses this user, to whom the migration gives what it needs";
      if (isPassing) await ways[kind]();
      else await expect(ways[kind]()).rejects.toThrow(refusal);
      await migrateDatabase(url, { users: userUrls(url) });
      await ways[kind]();
    },
  );

  it("has nothing in passing that is not granted", () => {
    expect(difference(passing[kind], privileges[kind]).missing).toEqual({});
  });

  it.each(forbidden(kind))("may not: %s", async (sql, errno) => {
    await expect(plain[kind].query(sql)).rejects.toMatchObject({ errno });
  });
});

/** What nobody but the owner may do, and what only the other kind may, by the error that MySQL refuses it with. */
function forbidden(kind: UserKind): (readonly [sql: string, errno: number])[] {
  const tables = ["orders", "order_events", "order_totals", "order_counts"];
  const onTables = [
    ...tables.flatMap((table) => [`DELETE FROM ${table}`, `TRUNCATE ${table}`, `DROP TABLE ${table}`]),
    ...tables.map((table) => `ALTER TABLE ${table} ADD COLUMN note INT`),
    ...["CREATE TABLE notes (id INT)", "CREATE INDEX more ON orders (reason)", "UPDATE order_events SET at = NOW()"],
    ...["SELECT * FROM __drizzle_migrations", "SELECT * FROM mysql.user"],
    `GRANT SELECT ON orders TO 'orders_test_${kind}'@'%'`,
    ...(kind === "handlers"
      ? ["UPDATE order_counts SET as_of = NOW()", "INSERT INTO order_counts VALUES (2, '{}', NOW())"]
      : ["INSERT INTO orders (item) VALUES ('x')", "SELECT * FROM order_events"]),
  ];
  const accepted = ["id", "item", "quantity", "price", "run_at", "created_at", "idempotency_key", "fingerprint"];
  const ofWorkers = ["attempt", "worker_id", "attempt_end", "completed_at"];
  const columns = kind === "handlers" ? [...accepted, ...ofWorkers] : accepted;
  return [
    ...onTables.map((sql) => [sql, 1142] as const),
    ...columns.map((column) => [`UPDATE orders SET ${column} = NULL`, 1143] as const),
    ...["LOCK TABLES orders WRITE", "CREATE DATABASE orders_more"].map((sql) => [sql, 1044] as const),
    ["CREATE USER 'orders_test_more'@'%'", 1227],
  ];
}

it("a difference is what is missing and what is beyond, by table", () => {
  const wanted = { orders: ["SELECT", "UPDATE (status)"], order_counts: ["SELECT"] };
  expect(difference(wanted, wanted)).toEqual({ missing: {}, beyond: {} });
  const held = { orders: ["SELECT", "UPDATE"], notes: ["DELETE"] };
  expect(difference(wanted, held)).toEqual({
    missing: { orders: ["UPDATE (status)"], order_counts: ["SELECT"] },
    beyond: { orders: ["UPDATE"], notes: ["DELETE"] },
  });
});
