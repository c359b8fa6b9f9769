import { httpFunction } from "./http/stack.ts";
import { database, doorbell } from "./runtime.ts";

/** `GET /health`: 503 when MySQL is away; without Redis orders are still taken, only later worked on. */
export const handler = httpFunction(async () => {
  const [mysql, redis] = await Promise.all([isMysqlReachable(), doorbell.isReachable()]);
  const status = !mysql ? "unavailable" : redis ? "ok" : "degraded";
  const checks = { mysql: mysql ? "ok" : "unavailable", redis: redis ? "ok" : "unavailable" };
  return { status: mysql ? 200 : 503, body: { status, checks } };
});

function isMysqlReachable(): Promise<boolean> {
  return database
    .run(({ connection }) => connection.query("SELECT 1"))
    .then(
      () => true,
      () => false,
    );
}
