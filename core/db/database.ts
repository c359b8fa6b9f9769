import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { DrizzleQueryError } from "drizzle-orm/errors";
import type { MySql2Database } from "drizzle-orm/mysql2";
import mysql, { type Pool, type PoolConnection } from "mysql2/promise";
import { connectionOptions } from "./connection-options.ts";
import {
  DatabaseTooSlow,
  DatabaseUnavailable,
  isConflict,
  isDeadlock,
  isDenied,
  isLostConnection,
  isUnavailable,
} from "./errors.ts";
import { eachAlone, Pipeline, type Statements } from "./statements.ts";

/** A connection for the time of one piece of work. */
export interface Session extends Statements {
  readonly connection: PoolConnection;
  /** What `ormOf` answers in place of a query builder on this connection. */
  readonly orm?: MySql2Database;
}

export interface DatabaseOptions {
  /** `mysql://user:password@host:port/database`, with `?ssl=` for TLS */
  readonly url: string;
  /** How many connections to open at most. */
  readonly connections: number;
  /** How long one piece of work may take, waiting for a connection included, in milliseconds. */
  readonly timeoutMs: number;
  /** A statement that prepares each new connection. */
  readonly prepare?: string;
  /** Whether {@link Database.pipeline} is used, for which several statements may be in one packet. */
  readonly pipelines?: boolean;
  /** Told when a piece of work is tried again. */
  readonly onRetry?: (reason: RetryReason) => void;
}

/** Why work is tried again: it lost a deadlock, waited too long for a lock, or its connection was lost. */
export type RetryReason = "deadlock" | "lock_wait" | "connection";

/**
 * For transactions over many rows: under REPEATABLE READ two disjoint batches deadlock on the gaps of the index (D5),
 * and a lock that is not had within 2 s is better asked for again. MySQL ends a session that says nothing for 30 s: a
 * process that froze or vanished in the middle of a transaction would hold its locks for 8 hours.
 */
export const batchSession =
  "SET SESSION transaction_isolation = 'READ-COMMITTED', SESSION innodb_lock_wait_timeout = 2, SESSION wait_timeout = 30";

/** What a database needs whose work is transactions over many rows. */
export const forBatches = { prepare: batchSession, pipelines: true } as const;

/** How often work that lost a deadlock is tried again. */
const maxConflicts = 8;

/**
 * How many pieces of work may wait for each connection. More are refused at once: a longer queue is not worked off
 * within the time limit, and then all that was done for those in it was in vain.
 */
const maxWaitingPerConnection = 32;

/** How long connections may take to end in order, in milliseconds. */
const closeTimeoutMs = 1_000;

/**
 * MySQL with a time limit on everything: no call hangs on a server that is frozen or behind a half-open connection
 * (mysql2 has no query time-out of its own that frees the connection).
 */
export class Database {
  readonly #pool: Pool;
  readonly #timeoutMs: number;
  readonly #onRetry: (reason: RetryReason) => void;
  #isClosed = false;

  constructor(options: DatabaseOptions) {
    this.#timeoutMs = options.timeoutMs;
    this.#onRetry = options.onRetry ?? (() => {});
    this.#pool = mysql.createPool({
      ...connectionOptions(options.url),
      connectionLimit: options.connections,
      queueLimit: options.connections * maxWaitingPerConnection,
      connectTimeout: options.timeoutMs,
      timezone: "Z",
      // The call site of every query would cost a create 5 %; an error says what is wrong with its statement.
      trace: false,
      // For pipelines, whose statements are written here, with literals of the driver's.
      multipleStatements: options.pipelines ?? false,
    });
    const { prepare } = options;
    // The next query on a connection waits for this one.
    if (prepare !== undefined) this.#pool.on("connection", (connection) => connection.query(prepare));
  }

  /** When work that begins now is given up, in milliseconds of the monotonic clock. */
  deadline(): number {
    return performance.now() + this.#timeoutMs;
  }

  /**
   * Runs a piece of work on one connection. Work must be such that doing it twice is the same as doing it once: it is
   * tried again, once, when its connection was lost, and some times when it lost a deadlock.
   *
   * @param deadline when it is given up, all tries included; pieces of work that belong together may share one
   * @throws {DatabaseUnavailable} MySQL is away, frozen, read-only or overloaded, or other work holds the locks too long
   */
  async run<T>(work: (session: Session) => Promise<T>, deadline = this.deadline()): Promise<T> {
    let mayReconnect = true;
    for (let conflicts = 0; ; ) {
      try {
        return await this.#once(work, deadline);
      } catch (error) {
        if (mayReconnect && isLostConnection(error)) {
          mayReconnect = false;
          this.#onRetry("connection");
          // Others may have ended with it: the pool hears of them in this turn of the event loop.
          await nextTurn();
        } else if (isConflict(error) && conflicts < maxConflicts) {
          conflicts += 1;
          this.#onRetry(isDeadlock(error) ? "deadlock" : "lock_wait");
          await delay(Math.random() * 5 * 2 ** conflicts);
        } else throw asUnavailable(error);
      }
    }
  }

  /** Runs a piece of work as a transaction. Otherwise as {@link run}. */
  transaction<T>(work: (session: Session) => Promise<T>, deadline?: number): Promise<T> {
    return this.run((session) => inTransaction(session, work), deadline);
  }

  /**
   * A transaction whose statements go together, in as few round trips as can be. Otherwise as {@link run}. The database
   * must be one with {@link DatabaseOptions.pipelines}.
   */
  pipeline<T>(work: (statements: Statements) => Promise<T>, deadline?: number): Promise<T> {
    return this.run((session) => inPipeline(session, work), deadline);
  }

  /** Closes all connections; leaves those behind that do not end, as to a MySQL that is frozen. Never throws. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const isEnded = this.#pool.end().catch(() => {});
    await Promise.race([isEnded, delay(closeTimeoutMs, undefined, { ref: false })]);
  }

  async #once<T>(work: (session: Session) => Promise<T>, deadline: number): Promise<T> {
    const leftMs = deadline - performance.now();
    // Made when it is needed: an error costs the walk along the stack.
    const late = () => new DatabaseTooSlow(`MySQL did not answer within ${this.#timeoutMs} ms`);
    if (leftMs <= 0) throw late();
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(() => timeout.reject(late()), leftMs);
    const acquiring = this.#acquire();
    let connection: PoolConnection | undefined;
    let healthy = false;
    try {
      connection = await Promise.race([acquiring, timeout.promise]);
      const result = await Promise.race([work({ connection, ...eachAlone(connection) }), timeout.promise]);
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

  async #acquire(): Promise<PoolConnection> {
    try {
      return await this.#pool.getConnection();
    } catch (error) {
      // mysql2 tells of a closed pool, and of a queue that is full, by their messages alone.
      if (this.#isClosed) throw new DatabaseUnavailable("the connections to MySQL are closed", { cause: error });
      if (error instanceof Error && error.message === "Queue limit reached.") {
        throw new DatabaseUnavailable("too much work waits for MySQL already", { cause: error });
      }
      throw error;
    }
  }
}

async function inTransaction<T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> {
  await session.connection.query("START TRANSACTION");
  return orRollBack(session, async () => {
    const result = await work(session);
    await session.connection.query("COMMIT");
    return result;
  });
}

async function inPipeline<T>(session: Session, work: (statements: Statements) => Promise<T>): Promise<T> {
  const pipeline = new Pipeline(session.connection);
  return orRollBack(session, async () => {
    const result = await work(pipeline);
    await pipeline.commit();
    return result;
  });
}

async function orRollBack<T>({ connection }: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A connection that is gone rolls back by itself.
    await connection.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** A process may start before the migration has made its user: it waits, or answers that it is not available. */
const refusal = "MySQL refuses this user, to whom the migration gives what it needs (npm run migrate)";

function asUnavailable(error: unknown): unknown {
  // drizzle's error says nothing of its own but the statement with its values, which belong into no log.
  const told = error instanceof DrizzleQueryError ? error.cause : error;
  if (told instanceof DatabaseUnavailable) return told;
  if (isConflict(told)) return new DatabaseUnavailable("other work holds the same rows", { cause: told });
  if (isDenied(told)) return new DatabaseUnavailable(refusal, { cause: told });
  return isUnavailable(told) ? new DatabaseUnavailable("MySQL is not available", { cause: told }) : told;
}
