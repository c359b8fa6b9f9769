/**
 * `node bench/own/handler-process.ts <bundle> <MySQL's URL> <Redis' URL> <blocks> <orders a block>`: measures a handler
 * in a process that has nothing else to do, and prints its cost as JSON.
 */
import { strict as assert } from "node:assert";
import { pathToFileURL } from "node:url";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { Redis } from "ioredis";
import mysql, { type RowDataPacket } from "mysql2/promise";
import { uuidv7obj } from "uuidv7";
import { quantile } from "../../test/harness/quantile.ts";
import type { HandlerCost } from "./handler.ts";
import { createOrderEvent } from "./handler-event.ts";

type Handler = (event: object, context: object) => Promise<APIGatewayProxyStructuredResultV2>;

/** What one order of a block took, in milliseconds. */
interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

const [bundle = "", mysqlUrl = "", redisUrl = "", blocks = "", ordersPerBlock = ""] = process.argv.slice(2);
const warmUpBlocks = 5;

const columns =
  "id, item, quantity, price, status, attempt, failures, version, due_at, run_at, worker_id, attempt_end, reason, created_at, updated_at, completed_at, idempotency_key, fingerprint";
const values = columns.replaceAll(/\w+/g, (name) => (name === "due_at" ? "UTC_TIMESTAMP(3)" : "?"));
const insert = `INSERT INTO orders (${columns}) VALUES (${values})`;

const { handler }: { handler: Handler } = await import(pathToFileURL(bundle).href);
const connection = await mysql.createConnection({ uri: mysqlUrl, timezone: "Z" });
const redis = new Redis(redisUrl);

await createByHandler();
await createBare();
await expectSame();
await measure(warmUpBlocks);
process.stdout.write(`${JSON.stringify(costOf(await measure(Number(blocks))))}\n`);
// The handler keeps its connections, and they the process.
process.exit();

/** Blocks of the two take turns, and now the one begins, now the other: a slow moment of the machine hurts both. */
async function measure(pairs: number): Promise<{ handler: Cost; bare: Cost }[]> {
  const measured: { handler: Cost; bare: Cost }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) {
      const handler = await block(createByHandler);
      measured.push({ handler, bare: await block(createBare) });
    } else {
      const bare = await block(createBare);
      measured.push({ handler: await block(createByHandler), bare });
    }
  }
  return measured;
}

async function block(create: () => Promise<unknown>): Promise<Cost> {
  const count = Number(ordersPerBlock);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  for (let order = 0; order < count; order++) await create();
  const ms = (performance.now() - begun) / count;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1_000 / count };
}

function costOf(measured: readonly { handler: Cost; bare: Cost }[]): HandlerCost {
  const median = (value: (pair: { handler: Cost; bare: Cost }) => number) => quantile(measured.map(value), 0.5);
  const ratios = measured.map(({ handler, bare }) => handler.ms / bare.ms);
  return {
    handlerMs: median(({ handler }) => handler.ms),
    bareMs: median(({ bare }) => bare.ms),
    ratio: quantile(ratios, 0.5),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    handlerCpuMs: median(({ handler }) => handler.cpuMs),
    bareCpuMs: median(({ bare }) => bare.cpuMs),
  };
}

async function createByHandler(): Promise<void> {
  // The runtime makes every invocation's event and context from a text.
  const { statusCode, body } = await handler(JSON.parse(createOrderEvent), {});
  if (statusCode !== 201) throw new Error(`the handler answered ${statusCode}: ${body}`);
}

async function createBare(): Promise<void> {
  const id = uuidv7obj();
  const now = new Date();
  const order = [Buffer.from(id.bytes), "Laptop", 2, "1299.99", "pending", 0, 0, 0];
  await connection.query(insert, [...order, null, null, null, null, now, now, null, null, null]);
  await redis.xadd("orders:queue", "*", "orderId", id.toString(), "quantity", "2");
}

/** The two must do the same: the same row but for its id and times, and the same entry. */
async function expectSame(): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>("SELECT * FROM orders ORDER BY id DESC LIMIT 2");
  const [bare, handled] = rows.map((row) =>
    Object.entries(row).map(([name, value]) => (name === "id" || value instanceof Date ? name : [name, value])),
  );
  assert.deepEqual(handled, bare, "the handler and the bare INSERT write different rows");
  const entries = await redis.xrevrange("orders:queue", "+", "-", "COUNT", 2);
  const [bareFields, handledFields] = entries.map(([, [idName, , ...fields]]) => [idName, ...fields]);
  assert.deepEqual(handledFields, bareFields, "the handler and the bare XADD write different entries");
}
