import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { countByStatus, rows } from "../harness/orders.ts";
import { useSystem } from "../harness/system.ts";
import { until } from "../harness/until.ts";

const system = useSystem({ PROCESS_MS: "2000" });
let expected = 0;

async function postMany(count: number): Promise<void> {
  let next = 0;
  const client = async () => {
    while (next++ < count) expect((await system.post()).status).toBe(201);
  };
  await Promise.all(Array.from({ length: 32 }, client));
  expected += count;
}

async function allCompleted(timeoutMs: number): Promise<void> {
  await until(
    "all are completed",
    async () => (await countByStatus(system.database)).completed === expected,
    timeoutMs,
  );
  expect(await countByStatus(system.database)).toEqual({ completed: expected });
  expect(
    await rows(
      system.database,
      "SELECT order_id FROM order_events WHERE status = 'completed' GROUP BY order_id HAVING COUNT(*) > 1",
    ),
  ).toEqual([]);
}

test("500 orders in work survive the kill of their worker: all completed within 20 s, none twice", async () => {
  await system.signal("worker", "SIGSTOP");
  await postMany(500);
  await system.signal("worker", "SIGCONT");
  await until("all are in work", async () => ((await countByStatus(system.database)).processing ?? 0) === 500);
  const killed = await system.pid("worker");
  await system.signal("worker", "SIGKILL");
  await until("the worker is back", async () => (await system.pid("worker")) !== killed);
  await allCompleted(20_000);
  const [attempts] = await rows<{ most: number }>(system.database, "SELECT MAX(attempt) AS most FROM orders");
  expect(attempts).toEqual({ most: 2 });
});

test("500 orders that wait survive FLUSHALL", async () => {
  await system.signal("worker", "SIGSTOP");
  const redis = new Redis(system.env.REDIS_URL ?? "");
  try {
    await postMany(500);
    await redis.flushall();
  } finally {
    await system.signal("worker", "SIGCONT");
    redis.disconnect();
  }
  await allCompleted(30_000);
});

test.each(["SIGSTOP", "SIGKILL"] as const)(
  "orders are taken while Redis is away by %s, and completed after",
  async (signal) => {
    await system.signal("redis", signal);
    await system.post();
    expected += 1;
    const times: number[] = [];
    const until = performance.now() + 3_000;
    while (performance.now() < until) {
      const begun = performance.now();
      expect((await system.post()).status).toBe(201);
      times.push(performance.now() - begun);
    }
    expected += times.length;
    if (signal === "SIGSTOP") await system.signal("redis", "SIGCONT");
    await allCompleted(60_000);
  },
);
