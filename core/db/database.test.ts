import type { RowDataPacket } from "mysql2/promise";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { useDatabase } from "../../test/harness/database.ts";
import { insertOrder } from "../../test/harness/orders.ts";
import { useProxy } from "../../test/harness/proxy.ts";
import { until } from "../../test/harness/until.ts";
import { createBirths } from "../domain/identity.ts";
import { newOrder } from "../domain/order.ts";
import { Database, type DatabaseOptions, forBatches, type RetryReason, type Session } from "./database.ts";
import { DatabaseUnavailable } from "./errors.ts";
import { findOrder } from "./orders.ts";

const direct = useDatabase();
const network = useProxy(() => direct.url);
const nextBirth = createBirths(Date.now);

const timeoutMs = 1_000;
/** The limit, and what a busy machine may add. */
const inTimeMs = timeoutMs + 700;
const insertion = "insert into `orders`";

/** The database by way of the proxy. */
function connect(options: Partial<DatabaseOptions> = {}): Database {
  const database = new Database({ url: network.proxy.url, connections: 1, timeoutMs, ...options });
  onTestFinished(() => database.close());
  return database;
}

function anOrder() {
  const { id, createdAt } = nextBirth();
  return newOrder(id, { item: "Laptop", quantity: 2, priceCents: 129_999, runAt: null }, createdAt);
}

const select1 = ({ connection }: Session) => connection.query("SELECT 1");

async function connectionId({ connection }: Session): Promise<number> {
  const [[row]] = await connection.query<RowDataPacket[]>("SELECT CONNECTION_ID() AS id");
  return row?.id;
}

async function rowsWith(id: string): Promise<number> {
  return direct.database.run(async (session) => ((await findOrder(session, id)) === undefined ? 0 : 1));
}

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

afterEach(() => network.proxy.thaw());

describe("an order whose INSERT loses its connection", () => {
  it.each([
    { moment: "before MySQL has seen it", lose: () => network.proxy.loseRequest(insertion) },
    { moment: "after MySQL has stored it", lose: () => network.proxy.loseAnswer(insertion) },
  ])("$moment is stored once, and the caller sees no failure", async ({ lose }) => {
    const order = anOrder();
    const sent = network.proxy.timesSent(insertion);
    lose();
    await connect().run((session) => insertOrder(session, order));
    expect(network.proxy.timesSent(insertion) - sent).toBe(2);
    expect(await rowsWith(order.id)).toBe(1);
  });

  it("twice is reported as unavailable, and can be sent again", async () => {
    const order = anOrder();
    const database = connect();
    network.proxy.loseAnswer(insertion);
    const attempt = database.run(async (session) => {
      await insertOrder(session, order);
      // The second try finds the row, and then loses its connection too.
      network.proxy.cut();
      await select1(session);
    });
    await expect(attempt).rejects.toThrow(DatabaseUnavailable);
    await database.run((session) => insertOrder(session, order));
    expect(await rowsWith(order.id)).toBe(1);
  });
});

describe("a MySQL that does not answer", () => {
  it("is unavailable within the time limit, and used again once it answers", async () => {
    const database = connect();
    await database.run(select1);
    network.proxy.freeze();
    const waited = await elapsedMs(() => expect(database.run(select1)).rejects.toThrow(DatabaseUnavailable));
    expect(waited).toBeLessThan(inTimeMs);
    network.proxy.thaw();
    await database.run(select1);
  });

  it("is unavailable within the time limit also for those who wait for a connection", async () => {
    const database = connect({ connections: 2 });
    network.proxy.freeze();
    const waited = await elapsedMs(async () => {
      const calls = await Promise.allSettled(Array.from({ length: 20 }, () => database.run(select1)));
      expect(calls.filter(({ status }) => status === "fulfilled")).toEqual([]);
    });
    expect(waited).toBeLessThan(inTimeMs);
    network.proxy.thaw();
    await Promise.all(Array.from({ length: 20 }, () => database.run(select1)));
  });

  it("may store an order late, which sending it again does not double", async () => {
    const order = anOrder();
    const database = connect();
    await database.run(select1);
    network.proxy.freeze();
    await expect(database.run((session) => insertOrder(session, order))).rejects.toThrow(DatabaseUnavailable);
    network.proxy.thaw();
    await until("the late INSERT", async () => (await rowsWith(order.id)) === 1);
    await database.run((session) => insertOrder(session, order));
    expect(await rowsWith(order.id)).toBe(1);
  });

  it("is unavailable when a lock is not had within the time limit", async () => {
    const order = anOrder();
    await direct.database.run((session) => insertOrder(session, order));
    const database = connect();
    const update = "UPDATE orders SET quantity = 3 WHERE id = UUID_TO_BIN(?)";
    await direct.database.transaction(async (holder) => {
      await holder.connection.query(update, [order.id]);
      const waiting = database.run(({ connection }) => connection.query(update, [order.id]));
      await expect(waiting).rejects.toThrow(DatabaseUnavailable);
      // Not behind the statement that still waits for the lock.
      await database.run(select1);
    });
  });
});

describe("a MySQL that is not there", () => {
  it("is unavailable at once, and used again when it is back", async () => {
    const database = connect();
    await database.run(select1);
    await network.proxy.down();
    const waited = await elapsedMs(() => expect(database.run(select1)).rejects.toThrow(DatabaseUnavailable));
    expect(waited).toBeLessThan(inTimeMs);
    await network.proxy.up();
    await database.run(select1);
  });

  it("leaves no trace after a restart: connections that it ended are replaced unseen", async () => {
    const database = connect({ connections: 8 });
    const each = () => Promise.all(Array.from({ length: 8 }, () => database.run(select1)));
    await each();
    network.proxy.cut();
    await each();
  });
});

describe("an idle connection that MySQL has ended", () => {
  /** The event loop stands still, as in a process that is frozen and goes on. */
  const freezeProcess = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

  it("is replaced unseen, also when the process finds all of them ended at once", async () => {
    const options = { url: direct.url, connections: 8, timeoutMs: 10_000 };
    const database = new Database({ ...options, prepare: "SET SESSION wait_timeout = 1" });
    onTestFinished(() => database.close());
    const each = () => Promise.all(Array.from({ length: 8 }, () => database.run(connectionId)));
    const before = await each();
    freezeProcess(2_000);
    const after = [await database.run(connectionId), ...(await each())];
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  });
});

describe("a MySQL that refuses to write", () => {
  it("is unavailable, as a read-only replica is", async () => {
    const database = connect({ prepare: "SET SESSION TRANSACTION READ ONLY" });
    const order = anOrder();
    await expect(database.run((session) => insertOrder(session, order))).rejects.toThrow(DatabaseUnavailable);
    expect(await database.run((session) => findOrder(session, order.id))).toBeUndefined();
  });
});

describe("a statement that MySQL refuses", () => {
  it("is thrown as it is, and its connection stays in use", async () => {
    const database = connect();
    const before = await database.run(connectionId);
    await expect(database.run(({ connection }) => connection.query("SELECT no_such_column"))).rejects.toMatchObject({
      code: "ER_BAD_FIELD_ERROR",
    });
    expect(await database.run(connectionId)).toBe(before);
  });
});

describe("a transaction", () => {
  const locking = "SELECT id FROM orders WHERE id = UUID_TO_BIN(?) FOR UPDATE";

  async function storeTwo(): Promise<[string, string]> {
    const [first, second] = [anOrder(), anOrder()];
    await direct.database.run((session) => insertOrder(session, first));
    await direct.database.run((session) => insertOrder(session, second));
    return [first.id, second.id];
  }

  it("that loses a deadlock is tried again, and both get through", async () => {
    const [first, second] = await storeTwo();
    let tries = 0;
    const holding = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const lockBoth = (mine: 0 | 1, ids: readonly [string, string]) =>
      direct.database.transaction(async ({ connection }) => {
        tries += 1;
        await connection.query(locking, [ids[0]]);
        holding[mine].resolve();
        // Each holds its first lock before either asks for the other's.
        await holding[mine === 0 ? 1 : 0].promise;
        await connection.query(locking, [ids[1]]);
        await connection.query("UPDATE orders SET quantity = quantity + 1 WHERE id = UUID_TO_BIN(?)", [ids[1]]);
      });
    await Promise.all([lockBoth(0, [first, second]), lockBoth(1, [second, first])]);
    expect(tries).toBe(3);
    const stored = await direct.database.run((session) =>
      Promise.all([findOrder(session, first), findOrder(session, second)]),
    );
    expect(stored.map((order) => order?.quantity)).toEqual([3, 3]);
  });

  it("that waits too long for a lock is tried again", async () => {
    const [id] = await storeTwo();
    const told: RetryReason[] = [];
    const database = connect({
      ...{ connections: 2, timeoutMs: 10_000, onRetry: (reason) => told.push(reason) },
      prepare: "SET SESSION innodb_lock_wait_timeout = 1",
    });
    const isTriedAgain = Promise.withResolvers<void>();
    const isHeld = Promise.withResolvers<void>();
    const holder = database.transaction(async ({ connection }) => {
      await connection.query(locking, [id]);
      isHeld.resolve();
      await isTriedAgain.promise;
    });
    await isHeld.promise;
    let tries = 0;
    await database.transaction(async ({ connection }) => {
      tries += 1;
      if (tries === 2) isTriedAgain.resolve();
      await connection.query(locking, [id]);
    });
    await holder;
    expect(tries).toBe(2);
    expect(told).toEqual(["lock_wait"]);
  });

  it("is unavailable within its time limit however often a lock is not had", async () => {
    const [id] = await storeTwo();
    const limited = { connections: 1, timeoutMs: 1_500, prepare: "SET SESSION innodb_lock_wait_timeout = 1" };
    const database = connect(limited);
    await direct.database.transaction(async (holder) => {
      await holder.connection.query(locking, [id]);
      const waited = await elapsedMs(() =>
        expect(database.transaction(({ connection }) => connection.query(locking, [id]))).rejects.toThrow(
          DatabaseUnavailable,
        ),
      );
      expect(waited).toBeLessThan(1_500 + 700);
    });
  });

  it("that loses every deadlock is unavailable in the end", async () => {
    let tries = 0;
    const told: RetryReason[] = [];
    const losing = connect({ timeoutMs: 20_000, onRetry: (reason) => told.push(reason) }).transaction(
      ({ connection }) => {
        tries += 1;
        return connection.query("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213");
      },
    );
    await expect(losing).rejects.toThrow(DatabaseUnavailable);
    expect(tries).toBe(9);
    expect(told).toEqual(Array(8).fill("deadlock"));
  });

  it("may share its time limit with others", async () => {
    const database = connect();
    const deadline = database.deadline();
    await database.transaction(select1, deadline);
    network.proxy.freeze();
    await expect(database.transaction(select1, deadline)).rejects.toThrow(DatabaseUnavailable);
    expect(performance.now() - deadline).toBeLessThan(inTimeMs - timeoutMs);
    network.proxy.thaw();
    await expect(database.transaction(select1, deadline)).rejects.toThrow(DatabaseUnavailable);
  });

  it("whose connection ends between two statements is done again as a whole", async () => {
    const order = anOrder();
    let tries = 0;
    await connect().transaction(async (session) => {
      tries += 1;
      await insertOrder(session, order);
      if (tries > 1) return;
      network.proxy.cut();
      await until("the end is noticed", async () => session.connection.connection.state !== "authenticated");
    });
    expect(await rowsWith(order.id)).toBe(1);
    expect(tries).toBe(2);
  });

  it("that throws leaves nothing behind", async () => {
    const order = anOrder();
    const failing = direct.database.transaction(async (session) => {
      await insertOrder(session, order);
      throw new RangeError("changed my mind");
    });
    await expect(failing).rejects.toThrow(new RangeError("changed my mind"));
    expect(await rowsWith(order.id)).toBe(0);
  });

  it("that loses its connection is done again as a whole", async () => {
    const [first, second] = [anOrder(), anOrder()];
    network.proxy.loseRequest("COMMIT");
    await connect().transaction(async (session) => {
      await insertOrder(session, first);
      await insertOrder(session, second);
    });
    expect([await rowsWith(first.id), await rowsWith(second.id)]).toEqual([1, 1]);
  });

  it("over many rows runs under READ COMMITTED, and holds no lock for long when its process vanishes", async () => {
    const database = connect(forBatches);
    const [rows] = await database.run(({ connection }) =>
      connection.query(
        `SELECT @@transaction_isolation AS isolation, @@innodb_lock_wait_timeout AS lockSeconds,
        @@wait_timeout AS idleSeconds`,
      ),
    );
    expect(rows).toEqual([{ isolation: "READ-COMMITTED", lockSeconds: 2, idleSeconds: 30 }]);
  });
});

describe("closing", () => {
  it("makes work that is under way, that waits and that comes later unavailable", async () => {
    const database = connect();
    const isBegun = Promise.withResolvers<void>();
    const mayGoOn = Promise.withResolvers<void>();
    const underWay = database.run(async (session) => {
      isBegun.resolve();
      await mayGoOn.promise;
      await select1(session);
    });
    await isBegun.promise;
    const waiting = database.run(select1);
    const closing = database.close();
    mayGoOn.resolve();
    const later = database.run(select1);
    const unavailable = { status: "rejected", reason: expect.any(DatabaseUnavailable) };
    expect(await Promise.allSettled([underWay, waiting, later])).toEqual([unavailable, unavailable, unavailable]);
    await closing;
  });

  it("takes no longer than a moment while MySQL is frozen with a statement under way", async () => {
    const database = connect({ timeoutMs: 20_000 });
    await database.run(select1);
    network.proxy.freeze();
    const sent = network.proxy.timesSent("SELECT 1");
    const underWay = database.run(select1).catch(() => {});
    await until("it is under way", async () => network.proxy.timesSent("SELECT 1") > sent);
    const waited = await elapsedMs(() => database.close());
    expect(waited).toBeLessThan(1_700);
    network.proxy.thaw();
    await underWay;
  });
});
