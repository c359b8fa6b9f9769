import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { findCompleted } from "../../core/db/archive.ts";
import { countOrders } from "../../core/db/counts.ts";
import { createOrders } from "../../core/db/create-orders.ts";
import { Database } from "../../core/db/database.ts";
import { createBirths } from "../../core/domain/identity.ts";
import { newOrder, type OrderStatus } from "../../core/domain/order.ts";
import type { OrderEvent } from "../../core/domain/transitions.ts";
import { useDatabase } from "../../test/harness/database.ts";
import { silent } from "../../test/harness/gateway.ts";
import { live, lives } from "../../test/harness/life.ts";
import { countByStatus, rows } from "../../test/harness/orders.ts";
import { useProxy } from "../../test/harness/proxy.ts";
import { folderStore } from "./archive/folder.ts";
import type { ArchiveStore } from "./archive/store.ts";
import { archive, archiveInto } from "./archive.ts";
import { readInput } from "./input.ts";

const mysql = useDatabase();
const toMysql = useProxy(() => mysql.url);
const folder = await mkdtemp(join(tmpdir(), "orders-archive-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const day = 86_400_000;
const always = () => true;

beforeEach(async () => {
  await mysql.database.run(async ({ connection }) => {
    for (const table of ["orders", "order_events", "order_totals"]) await connection.query(`TRUNCATE ${table}`);
  });
  await rm(folder, { recursive: true, force: true });
});

interface Ask {
  readonly olderThanDays?: number;
  readonly limit?: number;
  readonly cursor?: string;
  readonly store?: ArchiveStore;
  readonly database?: Database;
  readonly hasTime?: () => boolean;
}

/** Archives as the function does for this request. */
async function ask({ store = folderStore(folder), database = mysql.database, hasTime = always, ...request }: Ask = {}) {
  const input = readInput({ operation: "archive", olderThanDays: 30, ...request });
  if (input.operation !== "archive") throw new Error("it is another operation");
  return archiveInto(store, { database, log: silent }, input, hasTime);
}

/** Orders that were made, and came to this status, so many days ago. */
async function aged(count: number, daysAgo: number, status: OrderStatus = "completed"): Promise<string[]> {
  const nextBirth = createBirths(() => Date.now() - daysAgo * day);
  const births = Array.from({ length: count }, nextBirth);
  for (const { id, createdAt } of births) {
    const order = newOrder(id, { item: `Book of ${id}`, quantity: 3, priceCents: 1_999, runAt: null }, createdAt);
    const key = createHash("sha256").update(id).digest();
    await mysql.database.run((session) => createOrders(session, [{ order, idempotency: { key, fingerprint: key } }]));
    await live(mysql.database, id, lives[status] as readonly OrderEvent[], () => createdAt);
  }
  return births.map(({ id }) => id);
}

/** Many completed orders at once, with a line of history each. */
async function manyAged(count: number, daysAgo: number): Promise<string[]> {
  const nextBirth = createBirths(() => Date.now() - daysAgo * day);
  const births = Array.from({ length: count }, nextBirth);
  const orders = births.map(({ id, createdAt }) => {
    const order = newOrder(id, { item: "Book", quantity: 1, priceCents: 100, runAt: null }, createdAt);
    return { order: { ...order, status: "completed" as const, dueAt: null, version: 1, completedAt: createdAt } };
  });
  for (let from = 0; from < count; from += 1_000) {
    await mysql.database.run((session) => createOrders(session, orders.slice(from, from + 1_000)));
  }
  await rows(
    mysql.database,
    "INSERT INTO order_events SELECT id, 1, status, 1, completed_at, NULL, 'worker-1' FROM orders",
  );
  await rows(mysql.database, "INSERT INTO order_totals VALUES ('completed', 0, ?)", [count]);
  return births.map(({ id }) => id);
}

async function archivedOrders(files: readonly string[]): Promise<{ id: string; [field: string]: unknown }[]> {
  const texts = await Promise.all(
    files.map(async (file) => gunzipSync(await readFile(fileURLToPath(file))).toString()),
  );
  return texts.flatMap((text) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
}

/** What GET /stats tells is what the rows tell. */
async function expectTrueCounts(): Promise<void> {
  const { counts } = await mysql.database.run(countOrders);
  const none = { scheduled: 0, pending: 0, processing: 0, completed: 0, failed: 0, cancelled: 0 };
  expect(counts).toEqual({ ...none, ...(await countByStatus(mysql.database)) });
}

const storedIds = async () =>
  (await rows<{ id: string }>(mysql.database, "SELECT BIN_TO_UUID(id) AS id FROM orders ORDER BY orders.id")).map(
    ({ id }) => id,
  );
const filesIn = async () =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

describe("many orders that stay", () => {
  it("are passed over in so many looks a page", async () => {
    await aged(1, 40);
    const completedBefore = new Date();
    const find = (maxScans: number) =>
      mysql.database.run((session) => findCompleted(session, { completedBefore, limit: 10 }, maxScans));
    expect(await find(0)).toEqual({ ids: [], next: "00000000-0000-0000-0000-000000000000" });
    expect((await find(1)).ids).toHaveLength(1);
  });
});

describe("what is archived", () => {
  it("is all completed orders that are older, and nothing else", async () => {
    const old = await aged(3, 40);
    const kept = [
      ...(await aged(2, 40, "failed")),
      ...(await aged(1, 40, "cancelled")),
      ...(await aged(1, 40, "pending")),
      ...(await aged(2, 29)),
    ];
    const answer = await ask();
    expect(answer).toEqual({
      ...{ archived: 3, more: false, files: [expect.stringContaining(folder)] },
      completedBefore: expect.stringMatching(/T00:00:00\.000Z$/),
    });
    expect((await storedIds()).toSorted()).toEqual(kept.toSorted());
    expect((await archivedOrders(answer.files)).map(({ id }) => id)).toEqual(old);
    const [left] = await rows<{ count: number }>(
      mysql.database,
      "SELECT COUNT(*) AS count FROM order_events WHERE order_id NOT IN (SELECT id FROM orders)",
    );
    expect(left?.count).toBe(0);
    await expectTrueCounts();
  });

  it("goes by the completion: an old order that was completed lately stays", async () => {
    const [id = ""] = await aged(1, 40);
    await rows(mysql.database, "UPDATE orders SET completed_at = UTC_TIMESTAMP(3) WHERE id = UUID_TO_BIN(?)", [id]);
    expect(await ask()).toMatchObject({ archived: 0, files: [] });
    expect(await storedIds()).toEqual([id]);
  });

  it("is in the file with all that the API tells of it, its history and its key", async () => {
    const [id = ""] = await aged(1, 40);
    const createdAt = expect.stringMatching(/^\d{4}-.*Z$/);
    const key = createHash("sha256").update(id).digest("hex");
    expect(await archivedOrders((await ask()).files)).toEqual([
      {
        ...{ id, item: `Book of ${id}`, quantity: 3, price: 19.99, status: "completed", attempt: 1 },
        ...{ createdAt, updatedAt: createdAt, completedAt: createdAt },
        ...{ idempotencyKeySha256: key, fingerprintSha256: key },
        history: [
          { status: "pending", attempt: 0, at: createdAt },
          { status: "processing", attempt: 1, at: createdAt, worker: "worker-1" },
          { status: "completed", attempt: 1, at: createdAt, worker: "worker-1" },
        ],
      },
    ]);
  });

  it("frees the idempotency key: the same create makes a new order", async () => {
    const [id = ""] = await aged(1, 40);
    await ask();
    const { id: next, createdAt } = createBirths(Date.now)();
    const key = createHash("sha256").update(id).digest();
    const order = newOrder(next, { item: "Book", quantity: 1, priceCents: 1, runAt: null }, createdAt);
    const [made] = await mysql.database.run((session) =>
      createOrders(session, [{ order, idempotency: { key, fingerprint: key } }]),
    );
    expect(made).toMatchObject({ outcome: "created", order: { id: next } });
  });
});

describe("many orders", () => {
  it("go in files of 1,000, in steps of the limit that go on from the cursor", async () => {
    const ids = await manyAged(10_000, 40);
    const [failed = ""] = await aged(1, 40, "failed");
    const first = await ask({ limit: 2_500 });
    expect(first).toMatchObject({ archived: 2_500, more: true, cursor: ids[2_499] });
    expect(first.files).toHaveLength(3);
    const second = await ask({ limit: 100_000, cursor: ids[2_499] ?? "" });
    expect(second).toMatchObject({ archived: 7_500, more: false });
    expect(second.files).toHaveLength(8);
    expect((await archivedOrders([...first.files, ...second.files])).map(({ id }) => id)).toEqual(ids);
    expect(await storedIds()).toEqual([failed]);
    await expectTrueCounts();
  });

  it("are left for the next invocation when there is no more time", async () => {
    await aged(1, 40);
    expect(await ask({ hasTime: () => false })).toMatchObject({ archived: 0, more: true });
    expect(await storedIds()).toHaveLength(1);
  });

  it("are found behind thousands that stay", async () => {
    await manyAged(4_500, 41);
    await rows(mysql.database, "UPDATE orders SET status = 'cancelled', completed_at = NULL");
    const [id] = await aged(1, 40);
    const answer = await ask();
    expect((await archivedOrders(answer.files)).map((order) => order.id)).toEqual([id]);
  });

  it("are archived once by two that archive at the same time", async () => {
    const ids = await manyAged(3_000, 40);
    const answers = await Promise.all([ask(), ask()]);
    const archived = await archivedOrders(answers.flatMap(({ files }) => files));
    expect(archived.map(({ id }) => id).toSorted()).toEqual(ids);
    expect(answers.map((answer) => answer.archived).reduce((sum, count) => sum + count)).toBe(3_000);
    await expectTrueCounts();
  });
});

describe("a crash", () => {
  it("between the file and the deletion loses nothing, and the next run makes the same file", async () => {
    const ids = await aged(3, 40);
    const durable = folderStore(folder);
    const crash = new Error("killed");
    const store: ArchiveStore = {
      put: async (file) => {
        await durable.put(file);
        throw crash;
      },
    };
    await expect(ask({ store })).rejects.toThrow(crash);
    expect(await storedIds()).toEqual(ids);
    const left = await filesIn();
    expect(left).toHaveLength(1);
    const answer = await ask();
    expect(await filesIn()).toEqual(left);
    expect((await archivedOrders(answer.files)).map(({ id }) => id)).toEqual(ids);
    expect(await storedIds()).toEqual([]);
    await expectTrueCounts();
  });

  it("before the file is durable deletes nothing", async () => {
    const ids = await aged(2, 40);
    const store: ArchiveStore = { put: () => Promise.reject(new Error("the disk is full")) };
    await expect(ask({ store })).rejects.toThrow("the disk is full");
    expect(await storedIds()).toEqual(ids);
    await expectTrueCounts();
  });

  it.each(["DELETE FROM orders", "COMMIT"])(
    "of the connection at %s: archived once, and counted",
    async (statement) => {
      const ids = await aged(2, 40);
      const database = new Database({ url: toMysql.proxy.url, connections: 1, timeoutMs: 10_000 });
      onTestFinished(() => database.close());
      toMysql.proxy.loseAnswer(statement);
      const answer = await ask({ database });
      expect(answer).toMatchObject({ archived: 2, more: false });
      expect(await filesIn()).toHaveLength(1);
      expect((await archivedOrders(answer.files)).map(({ id }) => id)).toEqual(ids);
      expect(await storedIds()).toEqual([]);
      await expectTrueCounts();
    },
  );
});

it("without ARCHIVE_URL it says what to set", async () => {
  const policy = { LEASE_MS: 10_000, MAX_ATTEMPTS: 5 };
  const config = {
    MYSQL_URL: mysql.url,
    REDIS_URL: "redis://unused",
    LOG_LEVEL: "error" as const,
    STAGE: "dev",
    ...policy,
  };
  const services = { config, log: silent, database: mysql.database, redis: () => Promise.reject(new Error("unused")) };
  const input = { operation: "archive" as const, olderThanDays: 1, limit: 1 };
  await expect(archive(services, input, always)).rejects.toThrow("set ARCHIVE_URL to s3://bucket/prefix");
});
