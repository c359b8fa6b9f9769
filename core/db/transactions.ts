import type { RowDataPacket } from "mysql2/promise";
import type { Session } from "./database.ts";

/** A transaction of somebody else's that is open for long. */
export interface LongTransaction {
  /** What KILL takes. */
  readonly connectionId: number;
  readonly ageMs: number;
  /** `user@host`; empty where it is a process of MySQL's own. */
  readonly client: string;
}

/**
 * The transactions of the whole server that are open for longer than this, in milliseconds; the oldest first, up to 5.
 * Needs the privilege PROCESS. MySQL manual, "The INFORMATION_SCHEMA INNODB_TRX Table".
 */
export async function findLongTransactions({ connection }: Session, ms: number): Promise<readonly LongTransaction[]> {
  // It tells when they began by the server's own time zone, whatever the session's is.
  const age = "TIMESTAMPDIFF(SECOND, trx_started, CONVERT_TZ(NOW(), @@session.time_zone, 'SYSTEM')) * 1000";
  const [rows] = await connection.query<(RowDataPacket & LongTransaction)[]>(
    `SELECT trx_mysql_thread_id AS connectionId, ${age} AS ageMs,
      COALESCE(CONCAT(user, '@', SUBSTRING_INDEX(host, ':', 1)), '') AS client
    FROM information_schema.innodb_trx LEFT JOIN information_schema.processlist ON id = trx_mysql_thread_id
    WHERE trx_mysql_thread_id NOT IN (0, CONNECTION_ID()) AND ${age} >= ? ORDER BY trx_started LIMIT 5`,
    [ms],
  );
  return rows.map(({ connectionId, ageMs, client }) => ({ connectionId, ageMs: Number(ageMs), client }));
}

/**
 * How many changes keep the old versions of their rows, because purge has not come by or an open transaction may still
 * look at them. Needs the privilege PROCESS. MySQL manual, "Purge Configuration".
 */
export async function readHistoryLength({ connection }: Session): Promise<number> {
  const [[row]] = await connection.query<RowDataPacket[]>(
    "SELECT count AS length FROM information_schema.innodb_metrics WHERE name = 'trx_rseg_history_len'",
  );
  return Number(row?.length ?? 0);
}

/** This session's account as a GRANT names it. */
export async function readAccount({ connection }: Session): Promise<string> {
  const [[row]] = await connection.query<RowDataPacket[]>("SELECT CURRENT_USER() AS account");
  const [user = "", host = ""] = String(row?.account).split("@");
  return `'${user}'@'${host}'`;
}
