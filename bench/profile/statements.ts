import type { RowDataPacket } from "mysql2/promise";
import type { Ground } from "../ground.ts";

/** What MySQL spent on statements of one kind. */
export interface StatementCost {
  /** The beginning of its text, as the digest has it. */
  readonly text: string;
  readonly count: number;
  /** CPU seconds of the threads that ran them, and seconds from their beginning to their end. */
  readonly cpuSeconds: number;
  readonly seconds: number;
}

/** Begins to count (MySQL 9.7 manual, "Statement Summary Tables"); without this the CPU time is not measured. */
export async function countStatements({ asRoot }: Ground): Promise<void> {
  await asRoot(async (connection) => {
    await connection.query(
      "UPDATE performance_schema.setup_consumers SET enabled = 'YES' WHERE name = 'events_statements_cpu'",
    );
    await connection.query("TRUNCATE performance_schema.events_statements_summary_by_digest");
  });
}

/** What was spent since {@link countStatements} in a database, the most expensive first. Times are picoseconds there. */
export async function statementCosts({ asRoot }: Ground, databaseUrl: string): Promise<StatementCost[]> {
  const database = new URL(databaseUrl).pathname.slice(1);
  return asRoot(async (connection) => {
    const [rows] = await connection.query<(RowDataPacket & Record<keyof StatementCost, unknown>)[]>(
      `SELECT DIGEST_TEXT AS text, COUNT_STAR AS count, SUM_CPU_TIME / 1e12 AS cpuSeconds, SUM_TIMER_WAIT / 1e12 AS seconds
      FROM performance_schema.events_statements_summary_by_digest WHERE SCHEMA_NAME = ? ORDER BY SUM_CPU_TIME DESC`,
      [database],
    );
    return rows.map(({ text, count, cpuSeconds, seconds }) => ({
      text: String(text),
      ...{ count: Number(count), cpuSeconds: Number(cpuSeconds), seconds: Number(seconds) },
    }));
  });
}
