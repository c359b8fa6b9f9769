import { setTimeout } from "node:timers/promises";
import mysql, { type Connection } from "mysql2/promise";
import { afterEach, expect, it } from "vitest";
import { Database } from "../../../core/db/database.ts";
import { useDatabase } from "../../../test/harness/database.ts";
import { rows, storeOrders } from "../../../test/harness/orders.ts";
import { until } from "../../../test/harness/until.ts";
import { asUser } from "../../../test/harness/users.ts";
import { checkTransactions } from "./transactions.ts";

const { database, url } = useDatabase();
const limits = { longMs: 60_000, historyLength: 1_000_000 };
const opened: Connection[] = [];

afterEach(() => {
  for (const connection of opened.splice(0)) connection.destroy();
});

/** Somebody who begins a transaction, looks, and forgets it. */
async function forget(): Promise<Connection> {
  const connection = await mysql.createConnection(url);
  connection.on("error", () => {});
  opened.push(connection);
  await connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT");
  await connection.query("SELECT COUNT(*) FROM orders");
  return connection;
}

it("a transaction that is forgotten is told of by its connection, and its cure ends it", async () => {
  const { threadId } = await forget();
  const look = async () => {
    // MySQL looks itself only when nobody has asked for 0.1 s: "The INFORMATION_SCHEMA INNODB_TRX Table".
    await setTimeout(150);
    return (await checkTransactions({ database }, { ...limits, longMs: 1_000 }))[0];
  };
  const told = await until("it is open for a second", async () => {
    const found = await look();
    return found?.found.includes(`connection ${threadId} `) && found;
  });
  expect(told).toMatchObject({ name: "long transactions", status: "warn", expected: expect.any(String) });
  expect(told.found).toMatch(new RegExp(`connection ${threadId} \\(\\w+@[\\w.:]+\\) for \\d+(\\.\\d)? s`));
  const cure = new RegExp(`KILL ${threadId}\\b`).exec(told.fix ?? "")?.[0] ?? "";
  await rows(database, cure);
  await until("it is gone", async () => !(await look())?.found.includes(`connection ${threadId} `));
});

it("one that is open for less than a minute is none of them", async () => {
  const { threadId } = await forget();
  const [long] = await checkTransactions({ database });
  expect(long?.found).not.toContain(`connection ${threadId} `);
});

it("changes that cannot be purged are told of, until what holds them back has ended", async () => {
  const [order] = await storeOrders(database, 1);
  const old = await forget();
  for (let change = 0; change < 300; change++) {
    await rows(database, "UPDATE orders SET quantity = ? WHERE id = UUID_TO_BIN(?)", [change + 1, order!.id]);
  }
  const look = async () => (await checkTransactions({ database }, { ...limits, historyLength: 200 }))[1];
  expect(await look()).toMatchObject({
    ...{ name: "purge", status: "warn", found: expect.stringMatching(/^history list length [\d,]+$/) },
    fix: expect.stringContaining("end the long transactions first"),
  });
  await old.query("COMMIT");
  await until(
    "they are purged",
    async () => {
      // Purge goes on as changes come, and tells of what it has done every 128 batches.
      for (let change = 0; change < 20; change++) {
        await rows(database, "UPDATE orders SET quantity = quantity + 1 WHERE id = UUID_TO_BIN(?)", [order!.id]);
      }
      return (await look())?.status === "ok";
    },
    25_000,
  );
});

it("without the privilege to see them they are not known, and the cure is the one that gives it", async () => {
  const gateway = new Database({ url: asUser("gateway", url), connections: 1, timeoutMs: 5_000 });
  try {
    const checks = await checkTransactions({ database: gateway });
    for (const check of checks) {
      expect(check).toMatchObject({
        ...{ status: "warn", found: "not known: the owner's user lacks PROCESS" },
        fix: "as an administrator of MySQL: GRANT PROCESS ON *.* TO 'orders_test_gateway'@'%'",
      });
    }
    expect(checks.map(({ name }) => name)).toEqual(["long transactions", "purge"]);
  } finally {
    await gateway.close();
  }
});
