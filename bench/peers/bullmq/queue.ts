import { Queue } from "bullmq";
import { openRedis } from "./redis.ts";

/** What a job tells its worker. */
export interface OrderJob {
  orderId: number;
}

export const queueName = "orders";
export const jobName = "process";

/** Completed jobs are removed at once, which is the least work for Redis; failed ones are tried again and kept. */
export function openQueue(): { queue: Queue<OrderJob>; close: () => Promise<void> } {
  const connection = openRedis(1);
  const queue = new Queue<OrderJob>(queueName, {
    connection,
    defaultJobOptions: {
      attempts: 3,
      backoff: { type: "exponential", delay: 1_000 },
      removeOnComplete: true,
      removeOnFail: 5_000,
    },
  });
  const close = async () => {
    await queue.close();
    await connection.quit();
  };
  return { queue, close };
}
