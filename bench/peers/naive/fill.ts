import { Redis } from "ioredis";
import { createPool } from "mysql2/promise";
import { countArgument, setting } from "../environment.ts";
import { insertOrders } from "../insert-orders.ts";
import { queueKey } from "./queue.ts";

const pool = createPool({ uri: setting("MYSQL_URL"), timezone: "Z" });
const redis = new Redis(setting("REDIS_URL"));
for await (const ids of insertOrders(pool, countArgument())) {
  await redis.lpush(queueKey, ...ids.map((orderId) => JSON.stringify({ orderId, quantity: 2 })));
}
redis.disconnect();
await pool.end();
