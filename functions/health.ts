import { retryAfter } from "./http/problem-details.ts";
import { publicHttpFunction } from "./http/stack.ts";
import { database, doorbell } from "./runtime.ts";

/** `GET /health`: 503 when MySQL is away; without Redis orders are still taken, only later worked on. */
export const handler = publicHttpFunction(async () => {
  const [mysql, redis] = await Promise.all([isMysqlReachable(), doorbell.isReachable()]);
  const status = !mysql ? "unavailable" : redis ? "ok" : "degraded";
  const checks = { mysql: mysql ? "ok" : "unavailable", redis: redis ? "ok" : "unavailable" };
  const body = { status, checks };
  return mysql ? { status: 200, body } : { status: 503, headers: retryAfter, body };
});

function isMysqlReachable(): Promise<boolean> {
  return database
    .run(({ connection }) => connection.query("SELECT 1"))
    .then(
      () => true,
      () => false,
    );
}
