import { drizzle, type MySql2Database } from "drizzle-orm/mysql2";
import type { PoolConnection } from "mysql2/promise";
import type { Session } from "./database.ts";

const orms = new WeakMap<PoolConnection["connection"], MySql2Database>();

/**
 * The query builder, drizzle, on a session's connection. It is here and no part of the session, so that the gateway does
 * without: to load it takes Node 200 MiB and half a second.
 */
export function ormOf({ connection: { connection }, orm }: Session): MySql2Database {
  const found = orm ?? orms.get(connection) ?? drizzle({ client: connection });
  if (orm === undefined) orms.set(connection, found);
  return found;
}
