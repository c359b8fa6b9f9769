import { countArgument } from "../environment.ts";
import { insertOrders } from "../insert-orders.ts";
import { openDatabase } from "./database.ts";
import { jobName, openQueue } from "./queue.ts";

const pool = openDatabase(1);
const { queue, close } = openQueue();
for await (const ids of insertOrders(pool, countArgument())) {
  await queue.addBulk(ids.map((orderId) => ({ name: jobName, data: { orderId } })));
}
await close();
await pool.end();
