import { Database } from "../core/db/database.ts";
import { createBirths } from "../core/domain/identity.ts";
import { Doorbell } from "../core/queue/doorbell.ts";
import { config, log } from "./settings.ts";

// Made once for a process: a Lambda keeps its connections from one request to the next.

/** How long MySQL may take for a request, in milliseconds: a client is answered 503 within 3 s. */
const databaseTimeoutMs = 2_000;

export const database = new Database({
  url: config.MYSQL_URL,
  connections: config.MYSQL_CONNECTIONS,
  timeoutMs: databaseTimeoutMs,
});

export const doorbell = new Doorbell({
  url: config.REDIS_URL,
  budgetMs: config.ENQUEUE_TIMEOUT_MS,
  onChange: (error) => {
    if (error === undefined) log.info("Redis is back");
    else log.warn({ err: error }, "Redis is away: new orders are enqueued by the relay");
  },
});

/** Makes the ids of new orders. */
export const nextBirth = createBirths(Date.now);
