import { Worker } from "bullmq";
import type { ResultSetHeader } from "mysql2/promise";
import { openDatabase } from "./database.ts";
import { type OrderJob, queueName } from "./queue.ts";
import { openRedis } from "./redis.ts";

const concurrency = 50;

/** As many connections as there are jobs at once: none waits for another's. */
const pool = openDatabase(concurrency);

/** Moves an order on, unless it is not where it should be: a job may be run twice. */
async function move(orderId: number, from: string, to: string): Promise<void> {
  await pool.execute<ResultSetHeader>("UPDATE orders SET status = ?, updated_at = ? WHERE id = ? AND status = ?", [
    to,
    new Date(),
    orderId,
    from,
  ]);
}

const connection = openRedis(null);
const worker = new Worker<OrderJob>(
  queueName,
  async ({ data: { orderId } }) => {
    await move(orderId, "pending", "processing");
    await move(orderId, "processing", "completed");
  },
  { connection, concurrency },
);
worker.on("error", (error) => process.stderr.write(`${error}\n`));
worker.on("failed", (job, error) => process.stderr.write(`order ${job?.data.orderId}: ${error}\n`));

process.once("SIGTERM", async () => {
  await worker.close();
  await connection.quit();
  await pool.end();
});

await worker.waitUntilReady();
process.stdout.write("ready\n");
