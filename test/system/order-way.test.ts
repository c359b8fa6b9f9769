import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { httpEvent } from "../harness/http.ts";
import { countByStatus, rows } from "../harness/orders.ts";
import { useSystem } from "../harness/system.ts";
import { until } from "../harness/until.ts";

const system = useSystem();

async function orderOf(id: string) {
  return (await (await system.get(`/orders/${id}`)).json()) as {
    status: string;
    history: { status: string; attempt: number; worker?: string }[];
  };
}

test("an order is accepted, processed and completed, and its history tells so", async () => {
  const answer = await system.post();
  expect(answer.status).toBe(201);
  const order = (await answer.json()) as { id: string };
  expect(answer.headers.get("location")).toBe(`/orders/${order.id}`);
  const completed = await until(
    "it is completed",
    async () => {
      const seen = await orderOf(order.id);
      return seen.status === "completed" && seen;
    },
    5_000,
  );
  expect(completed).toMatchObject({ item: "Laptop", quantity: 2, price: 1299.99, attempt: 1 });
  expect(completed.history.map(({ status, attempt }) => [status, attempt])).toEqual([
    ["pending", 0],
    ["processing", 1],
    ["completed", 1],
  ]);
  const { orders } = (await (await system.get("/orders")).json()) as { orders: { id: string; status: string }[] };
  expect(orders).toEqual([expect.objectContaining({ id: order.id, status: "completed" })]);
});

test("2,000 orders at 32 connections are each completed exactly once, and the queue is empty after", async () => {
  let next = 0;
  const client = async () => {
    while (next++ < 2_000) expect((await system.post()).status).toBe(201);
  };
  await Promise.all(Array.from({ length: 32 }, client));
  await until("all are completed", async () => (await countByStatus(system.database)).completed === 2_001, 30_000);
  expect(await countByStatus(system.database)).toEqual({ completed: 2_001 });
  const completions = await rows<{ completions: number; orders: number }>(
    system.database,
    `SELECT completions, COUNT(*) AS orders FROM
      (SELECT SUM(status = 'completed') AS completions FROM order_events GROUP BY order_id) AS each_order
    GROUP BY completions`,
  );
  expect(completions.map(({ completions, orders }) => [Number(completions), orders])).toEqual([[1, 2_001]]);
  const redis = new Redis(system.env.REDIS_URL ?? "");
  await until("the queue is empty", async () => (await redis.xlen("orders:queue")) === 0, 5_000);
  redis.disconnect();
});

test("a queue entry holds orderId and quantity only", async () => {
  await system.signal("worker", "SIGSTOP");
  const redis = new Redis(system.env.REDIS_URL ?? "");
  try {
    // A read that the worker began before it was stopped takes the first entry.
    const ids: string[] = [];
    const entry = await until("an entry waits", async () => {
      ids.push(((await (await system.post({ item: "Mouse", quantity: 7, price: 0 })).json()) as { id: string }).id);
      return (await redis.xrevrange("orders:queue", "+", "-", "COUNT", 1))[0];
    });
    expect(entry[1]).toEqual(["orderId", ids.at(-1), "quantity", "7"]);
  } finally {
    await system.signal("worker", "SIGCONT");
    redis.disconnect();
  }
});

test("the handlers can be invoked as Lambda functions, as tools do in a cloud account", async () => {
  const lambda = new LambdaClient({
    endpoint: `http://127.0.0.1:${system.env.PORT_LAMBDA}`,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const invoke = async (name: string, event: object) => {
    const command = new InvokeCommand({ FunctionName: `orders-dev-${name}`, Payload: JSON.stringify(event) });
    return JSON.parse(new TextDecoder().decode((await lambda.send(command)).Payload));
  };
  const body = { item: "Keyboard", quantity: 1, price: 49.5 };
  const created = await invoke("createOrder", httpEvent({ method: "POST", path: "/orders", body }));
  expect(created.statusCode).toBe(201);
  const { id } = JSON.parse(created.body);
  const read = await invoke("getOrder", httpEvent({ path: `/orders/${id}`, pathParameters: { id } }));
  expect(read.statusCode).toBe(200);
  expect(JSON.parse(read.body)).toMatchObject({ id, ...body });
});
