import { reasonOf, worstOf } from "./doctor/check.ts";
import { checkMysql } from "./doctor/mysql.ts";
import { checkOrders } from "./doctor/orders.ts";
import { checkQueue } from "./doctor/queue.ts";
import { checkRedis, type MaybeRedis } from "./doctor/redis.ts";
import { checkSettings } from "./doctor/settings.ts";
import { checkTransactions } from "./doctor/transactions.ts";
import { checkUsers } from "./doctor/users.ts";
import type { Services } from "./services.ts";

/** `doctor`: looks at all that the system depends on, and says of each thing that is amiss what to do. Changes nothing. */
export async function doctor(services: Services) {
  const found: MaybeRedis = await services.redis().then(
    (redis) => ({ redis }),
    (error: unknown) => ({ away: reasonOf(error) }),
  );
  const queue = await checkQueue(found);
  const checks = [
    ...(await checkMysql(services)),
    ...(await checkTransactions(services)),
    await checkUsers(services),
    ...(await checkRedis(found)),
    ...queue.checks,
    ...(await checkOrders(services, queue.oldestAgeMs)),
    await checkSettings(services),
  ];
  return { status: worstOf(checks), checks };
}
