import mysql, { type RowDataPacket } from "mysql2/promise";
import { type Change, lockOrders, writeChanges } from "../../core/db/changes.ts";
import { createOrders } from "../../core/db/create-orders.ts";
import { batchSession, Database } from "../../core/db/database.ts";
import type { Statements } from "../../core/db/statements.ts";
import type { Order, OrderState } from "../../core/domain/order.ts";
import { defaultBackoff } from "../../core/domain/retry.ts";
import { decideUpdate, type StatusUpdate } from "../../core/domain/status-update.ts";
import type { Ground } from "../ground.ts";
import { laptop } from "../measure/laptop.ts";

// The limit: the very statements of a drain, sent straight to MySQL by whoever has nothing else to do.

/** As the worker sends them, and the gateway applies them. */
const batchSize = 1_000;
/** As many transactions as the worker has calls under way. */
const lanes = 2;

export interface RawDrain {
  readonly orders: number;
  readonly seconds: number;
}

/** The statements of a batch's two transactions. */
interface Batch {
  readonly claim: readonly string[];
  readonly complete: readonly string[];
}

/** Claims and completes orders, with their history, by statements that are made before the clock starts. */
export async function drainRaw(ground: Ground, orders: number): Promise<RawDrain> {
  const databaseUrl = await ground.freshDatabase();
  const users = await ground.migrate(databaseUrl);
  const database = new Database({ url: databaseUrl, connections: 1, timeoutMs: 600_000 });
  const connections = await Promise.all(Array.from({ length: lanes }, () => connect(users.gateway ?? databaseUrl)));
  try {
    const batches: Batch[] = [];
    for (let left = orders; left > 0; left -= batchSize) {
      batches.push(await statementsOf(await store(database, Math.min(left, batchSize))));
    }
    const begun = performance.now();
    await Promise.all(connections.map((connection) => work(connection, batches)));
    const seconds = (performance.now() - begun) / 1_000;
    await expectCompleted(database, orders);
    return { orders, seconds };
  } finally {
    for (const connection of connections) connection.destroy();
    await database.close();
    await ground.dropDatabase(databaseUrl);
  }
}

async function connect(url: string): Promise<mysql.Connection> {
  const connection = await mysql.createConnection(url);
  await connection.query(batchSession);
  return connection;
}

async function store(database: Database, count: number): Promise<readonly Order[]> {
  const orders = Array.from({ length: count }, laptop);
  const wanted = orders.map((order) => ({ order }));
  await database.run((session) => createOrders(session, wanted));
  return orders;
}

const workerId = "raw-1-00000000";

async function statementsOf(orders: readonly Order[]): Promise<Batch> {
  const claim = await transactionOf(orders, { type: "claim", workerId });
  const claimed = orders.map((order, index) => ({ ...order, ...claim.states[index] }));
  const complete = await transactionOf(claimed, { type: "complete", workerId, attempt: 1 });
  return { claim: claim.statements, complete: complete.statements };
}

const policy = { ...defaultBackoff, leaseMs: 10_000, maxFailures: 5, random: Math.random };

/** What the gateway's own code says to MySQL for this update of these orders, and the states that it makes. */
async function transactionOf(
  orders: readonly Order[],
  update: StatusUpdate,
): Promise<{ statements: readonly string[]; states: readonly OrderState[] }> {
  const at = new Date();
  const changes = orders.map((order): Change => {
    const decision = decideUpdate(order, update, at, policy);
    if (decision.outcome !== "applied") throw new Error(`a ${update.type} is ${decision.outcome}`);
    return { id: order.id, from: order, state: decision.state, entry: decision.entry };
  });
  const statements: string[] = [];
  const recorder = recording(statements);
  await lockOrders(
    recorder,
    orders.map(({ id }) => id),
  );
  await writeChanges(recorder, changes);
  return {
    statements: ["START TRANSACTION", ...statements, "COMMIT"],
    states: changes.map(({ state }) => state),
  };
}

/** Notes what is said, and answers with nothing. */
function recording(said: string[]): Statements {
  return {
    ask: async (sql) => {
      said.push(sql);
      return [];
    },
    tell: async (sql) => {
      said.push(sql);
    },
    literal: (value) => mysql.escape(value, false, "Z"),
  };
}

async function work(connection: mysql.Connection, batches: Batch[]): Promise<void> {
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
    for (const sql of [...batch.claim, ...batch.complete]) {
      await connection.query({ sql, rowsAsArray: true, typeCast: false });
    }
  }
}

async function expectCompleted(database: Database, orders: number): Promise<void> {
  const completed = await database.run(async ({ connection }) => {
    const [rows] = await connection.query<(RowDataPacket & { value: number })[]>(
      "SELECT COUNT(*) AS value FROM orders WHERE status = 'completed'",
    );
    return rows[0]?.value;
  });
  if (completed !== orders) throw new Error(`${completed} of ${orders} orders were completed`);
}
