import type { Redis } from "ioredis";
import { type OpsConfig, readOpsConfig } from "../../core/config/ops.ts";
import { Database, forBatches } from "../../core/db/database.ts";
import type { UserUrls } from "../../core/db/users-apply.ts";
import { connected, connectRedis } from "../../core/queue/connection.ts";
import { createLog, type Logger } from "../../core/telemetry/log.ts";

/** How long the connection to Redis, and each command, may take, in milliseconds. */
const redisTimeoutMs = 2_000;

interface WorkOptions {
  readonly component: string;
  readonly urlOf: (config: OpsConfig) => string;
  readonly databaseTimeoutMs: number;
}

/** What an operation works with. */
export interface Services {
  readonly config: OpsConfig;
  readonly log: Logger;
  readonly database: Database;
  /** Redis, once it is connected. Throws when it is away. */
  readonly redis: () => Promise<Redis>;
}

/** The URL of the schema's owner, who is the only user where no other is given. */
export function ownerUrl({ MYSQL_URL, MYSQL_OWNER_URL }: OpsConfig): string {
  return MYSQL_OWNER_URL ?? MYSQL_URL;
}

/** The users that a migration makes beside the owner. */
export function usersOf({ MYSQL_URL, MYSQL_OWNER_URL, MYSQL_GATEWAY_URL }: OpsConfig): UserUrls {
  return { handlers: MYSQL_OWNER_URL === undefined ? undefined : MYSQL_URL, gateway: MYSQL_GATEWAY_URL };
}

/**
 * Does a piece of work with connections of its own, and closes them: operations are rare, and a connection that nobody
 * uses is one that the handlers of orders cannot have.
 *
 * @param component the function's name in the log
 * @param urlOf whose connections to MySQL they are
 * @param databaseTimeoutMs how long one transaction may take, in milliseconds
 */
export async function withServices<T>(
  { component, urlOf, databaseTimeoutMs }: WorkOptions,
  work: (services: Services) => Promise<T>,
): Promise<T> {
  const config = readOpsConfig();
  const log = createLog(component, config.LOG_LEVEL);
  const database = new Database({
    url: urlOf(config),
    connections: 1,
    timeoutMs: databaseTimeoutMs,
    ...forBatches,
  });
  let redis: Redis | undefined;
  const connectedRedis = async () => {
    redis ??= connectRedis(config.REDIS_URL, redisTimeoutMs);
    await connected(redis, redisTimeoutMs);
    return redis;
  };
  try {
    return await work({ config, log, database, redis: connectedRedis });
  } finally {
    redis?.disconnect();
    await database.close();
  }
}
