import type { PoolConnection, RowDataPacket } from "mysql2/promise";

/** What can be said to MySQL in complete SQL, with literals for values, one after the other on one connection. */
export interface Statements {
  /** Sends a query; its rows, each as a list of its columns. */
  ask<Row extends unknown[]>(sql: string): Promise<readonly Row[]>;
  /** Sends a statement that answers nothing; in a {@link Pipeline} it goes along with what comes after it. */
  tell(sql: string): Promise<void>;
  /** Writes a value as a literal. */
  literal(value: string | number | Date | null): string;
}

/** The values of a statement that is complete: the driver does not search its 100 KB for placeholders then. */
const complete = null;

/** Sends every statement by itself. */
export function eachAlone(connection: PoolConnection): Statements {
  return {
    ask: async <Row extends unknown[]>(sql: string) => {
      const [rows] = await connection.query<(RowDataPacket & Row)[]>({ sql, values: complete, rowsAsArray: true });
      return rows;
    },
    tell: async (sql) => {
      await connection.query(sql, complete);
    },
    literal: (value) => connection.escape(value),
  };
}

/**
 * A transaction in as few round trips as can be: what was told waits, and goes with the next question or with the commit.
 * MySQL does nothing of what comes after a statement that fails (MySQL 9.7 C API manual, "Multiple Statement Execution
 * Support"), so that nothing is committed then.
 */
export class Pipeline implements Statements {
  readonly #connection: PoolConnection;
  #waiting: string[] = ["START TRANSACTION"];

  /** @param connection takes several statements at once */
  constructor(connection: PoolConnection) {
    this.#connection = connection;
  }

  async ask<Row extends unknown[]>(sql: string): Promise<readonly Row[]> {
    const isAlone = this.#waiting.length === 0;
    const [answers] = await this.#connection.query<RowDataPacket[]>({
      ...{ sql: this.#take(sql), values: complete, rowsAsArray: true },
    });
    return (isAlone ? answers : answers.at(-1)) as Row[];
  }

  async tell(sql: string): Promise<void> {
    this.#waiting.push(sql);
  }

  literal(value: string | number | Date | null): string {
    return this.#connection.escape(value);
  }

  async commit(): Promise<void> {
    await this.#connection.query(this.#take("COMMIT"), complete);
  }

  #take(last: string): string {
    const sql = [...this.#waiting, last].join(";\n");
    this.#waiting = [];
    return sql;
  }
}
