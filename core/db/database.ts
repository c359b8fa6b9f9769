import { setTimeout as delay } from "node:timers/promises";
import { DrizzleQueryError } from "drizzle-orm";
import { drizzle, type MySql2Database } from "drizzle-orm/mysql2";
import mysql, { type Pool, type PoolConnection } from "mysql2/promise";
import { DatabaseUnavailable, isConflict, isLostConnection, isUnavailable } from "./errors.ts";

/** A connection for the time of one piece of work. */
export interface Session {
  /** The driver, for the statements of the hot path. */
  readonly connection: PoolConnection;
  /** The query builder on the same connection. */
  readonly orm: MySql2Database;
}

export interface DatabaseOptions {
  /** `mysql://user:password@host:port/database` */
  readonly url: string;
  /** How many connections to open at most. */
  readonly connections: number;
  /** How long one piece of work may take, waiting for a connection included, in milliseconds. */
  readonly timeoutMs: number;
  /** A statement that prepares each new connection, such as {@link batchSession}. */
  readonly prepare?: string;
}

/**
 * For transactions over many rows: under REPEATABLE READ two disjoint batches deadlock on the gaps of the index (D5),
 * and a lock that is not had within 2 s is better asked for again.
 */
export const batchSession =
  "SET SESSION transaction_isolation = 'READ-COMMITTED', SESSION innodb_lock_wait_timeout = 2";

/** How often a transaction that lost a deadlock is tried. */
const conflictTries = 8;

/**
 * MySQL with a time limit on everything: no call hangs on a server that is frozen or behind a half-open connection
 * (mysql2 has no query time-out of its own that frees the connection).
 */
export class Database {
  readonly #pool: Pool;
  readonly #timeoutMs: number;
  readonly #sessions = new WeakMap<PoolConnection["connection"], MySql2Database>();

  constructor(options: DatabaseOptions) {
    this.#timeoutMs = options.timeoutMs;
    this.#pool = mysql.createPool({
      uri: options.url,
      connectionLimit: options.connections,
      connectTimeout: options.timeoutMs,
      timezone: "Z",
    });
    const { prepare } = options;
    // The next query on a connection waits for this one.
    if (prepare !== undefined) this.#pool.on("connection", (connection) => connection.query(prepare));
  }

  /**
   * Runs a piece of work on one connection. Work must be such that doing it twice is the same as doing it once: it is
   * tried again, once, when its connection was lost.
   *
   * @throws {DatabaseUnavailable} MySQL is away, frozen or read-only
   */
  async run<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#timeoutMs;
    try {
      return await this.#once(work, deadline);
    } catch (error) {
      if (!isLostConnection(error)) throw asUnavailable(error);
    }
    try {
      return await this.#once(work, deadline);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  /** Runs a piece of work as a transaction, and again when it lost a deadlock. Otherwise as {@link run}. */
  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.run((session) => inTransaction(session, work));
      } catch (error) {
        if (!isConflict(error) || attempt === conflictTries) throw error;
      }
      await delay(Math.random() * 5 * 2 ** attempt);
    }
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #once<T>(work: (session: Session) => Promise<T>, deadline: number): Promise<T> {
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      timeout.reject(new DatabaseUnavailable(`MySQL did not answer within ${this.#timeoutMs} ms`));
    }, deadline - performance.now());
    const acquiring = this.#pool.getConnection();
    let connection: PoolConnection | undefined;
    let healthy = false;
    try {
      connection = await Promise.race([acquiring, timeout.promise]);
      const result = await Promise.race([work(this.#session(connection)), timeout.promise]);
      healthy = true;
      return result;
    } catch (error) {
      healthy = !isUnavailable(error);
      throw error;
    } finally {
      clearTimeout(timer);
      if (connection === undefined) acquiring.then((late) => late.release()).catch(() => {});
      else if (healthy) connection.release();
      // A statement may still be under way on it: the connection cannot be used for anything else.
      else connection.destroy();
    }
  }

  #session(connection: PoolConnection): Session {
    let orm = this.#sessions.get(connection.connection);
    if (orm === undefined) {
      orm = drizzle({ client: connection.connection });
      this.#sessions.set(connection.connection, orm);
    }
    return { connection, orm };
  }
}

async function inTransaction<T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> {
  await session.connection.query("START TRANSACTION");
  try {
    const result = await work(session);
    await session.connection.query("COMMIT");
    return result;
  } catch (error) {
    // A connection that is gone rolls back by itself.
    await session.connection.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

function asUnavailable(error: unknown): unknown {
  // drizzle's error says nothing of its own but the statement with its values, which belong into no log.
  const told = error instanceof DrizzleQueryError ? error.cause : error;
  if (told instanceof DatabaseUnavailable || !isUnavailable(told)) return told;
  return new DatabaseUnavailable("MySQL is not available", { cause: told });
}
