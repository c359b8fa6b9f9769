import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { httpEvent } from "../harness/http.ts";
import { countByStatus, rows } from "../harness/orders.ts";
import type { TestSystem } from "../harness/system.ts";
import { until } from "../harness/until.ts";

/** The way of an order while nothing is amiss. */
export function testOrderWay(system: TestSystem): void {
  test("an order is accepted, processed and completed, and its history tells so", async () => {
    const answer = await system.post();
    expect(answer.status).toBe(201);
    const { id } = answer.body;
    expect(answer.headers.location).toBe(`/orders/${id}`);
    const completed = await until("it is completed", async () => {
      const { body } = await system.get(`/orders/${id}`);
      return body.status === "completed" && body;
    });
    expect(completed).toMatchObject({
      ...{ item: "Laptop", quantity: 2, price: 1299.99, attempt: 1 },
      history: [
        { status: "pending", attempt: 0 },
        { status: "processing", attempt: 1 },
        { status: "completed", attempt: 1 },
      ],
    });
    const { orders } = (await system.get("/orders")).body;
    expect(orders).toEqual([expect.objectContaining({ id, status: "completed" })]);
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
    await system.freezeWorker();
    const redis = new Redis(system.env.REDIS_URL ?? "");
    try {
      const { id } = (await system.post({ item: "Mouse", quantity: 7, price: 0 })).body;
      const entries = await redis.xrange("orders:queue", "-", "+");
      expect(entries.map(([, fields]) => fields)).toEqual([["orderId", id, "quantity", "7"]]);
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
}
