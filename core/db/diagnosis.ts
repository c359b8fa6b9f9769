import type { RowDataPacket } from "mysql2/promise";
import type { OrderStatus } from "../domain/order.ts";
import type { Session } from "./database.ts";
import { uuidFromBytes } from "./uuid.ts";

/** What a MySQL server is and how it is set up, as far as the promise depends on it. */
export interface ServerState {
  readonly flushLogAtTrxCommit: number;
  readonly hasBinaryLog: boolean;
  readonly syncBinlog: number;
  readonly isolation: string;
  readonly sqlMode: readonly string[];
  readonly isReadOnly: boolean;
  readonly connections: number;
  readonly mostConnections: number;
  readonly maxConnections: number;
  /** Of this connection; empty when it is not encrypted. */
  readonly cipher: string;
}

/** `VERSION()` of the server. */
export async function readVersion({ connection }: Session): Promise<string> {
  const [[row]] = await connection.query<RowDataPacket[]>("SELECT VERSION() AS version");
  return String(row?.version);
}

/** Reads a supported server's settings, for which no privilege is needed. */
export async function readServerState({ connection }: Session): Promise<ServerState> {
  const [[settings]] = await connection.query<RowDataPacket[]>(
    `SELECT @@global.innodb_flush_log_at_trx_commit AS flushed, @@global.log_bin AS logged,
      @@global.sync_binlog AS synced, @@global.transaction_isolation AS isolation, @@global.sql_mode AS sqlMode,
      @@global.read_only + @@global.super_read_only AS readOnly, @@global.max_connections AS maxConnections`,
  );
  const [variables] = await connection.query<RowDataPacket[]>(
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Max_used_connections')",
  );
  const [[cipher]] = await connection.query<RowDataPacket[]>("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
  const status = new Map(variables.map(({ Variable_name, Value }) => [Variable_name, Number(Value)]));
  return {
    flushLogAtTrxCommit: Number(settings?.flushed),
    hasBinaryLog: Number(settings?.logged) === 1,
    syncBinlog: Number(settings?.synced),
    isolation: String(settings?.isolation),
    sqlMode: String(settings?.sqlMode).split(","),
    isReadOnly: Number(settings?.readOnly) > 0,
    connections: status.get("Threads_connected") ?? Number.NaN,
    mostConnections: status.get("Max_used_connections") ?? Number.NaN,
    maxConnections: Number(settings?.maxConnections),
    cipher: String(cipher?.Value ?? ""),
  };
}

/** MySQL's clock, in milliseconds since the Unix epoch. */
export async function readTime({ connection }: Session): Promise<number> {
  const [[row]] = await connection.query<RowDataPacket[]>("SELECT UTC_TIMESTAMP(3) AS now");
  return Number(row?.now);
}

/** Orders that should have moved on. */
export interface Overdue {
  /** How many, up to {@link maxOverdue}. */
  readonly count: number;
  /** The one that is overdue for longest. */
  readonly oldestId?: string | undefined;
}

/** More overdue orders are not counted: the count must not cost more the worse things are. */
export const maxOverdue = 1_000;

/** Orders of a status whose due time has been over for this long, in milliseconds. */
export async function findOverdue({ connection }: Session, status: OrderStatus, ms: number): Promise<Overdue> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT id FROM orders FORCE INDEX (orders_status_due_at)
    WHERE status = ? AND due_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND ORDER BY due_at LIMIT ${maxOverdue}`,
    [status, Math.round(ms * 1_000)],
  );
  return { count: rows.length, oldestId: rows[0] && uuidFromBytes(rows[0].id) };
}

/** What orders tell of the settings of the gateways that work on them. */
export interface SettingsInUse {
  /** How long the longest lease still runs, in milliseconds; 0 when there is none. */
  readonly leaseLeftMs: number;
  /** The most failures after which an order is still tried, of those that are looked at. */
  readonly failures: number;
}

/** Looks at the longest lease, and at up to 1,000 orders of each status in which an order is still tried. */
export async function readSettingsInUse({ connection }: Session): Promise<SettingsInUse> {
  const [[lease]] = await connection.query<RowDataPacket[]>(
    `SELECT TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), due_at) DIV 1000 AS leftMs
    FROM orders FORCE INDEX (orders_status_due_at) WHERE status = 'processing' ORDER BY due_at DESC LIMIT 1`,
  );
  const some = (status: OrderStatus) =>
    `(SELECT failures FROM orders FORCE INDEX (orders_status_due_at) WHERE status = '${status}' ORDER BY due_at LIMIT 1000)`;
  const [[most]] = await connection.query<RowDataPacket[]>(
    `SELECT COALESCE(MAX(failures), 0) AS failures
    FROM (${some("scheduled")} UNION ALL ${some("pending")} UNION ALL ${some("processing")}) AS tried`,
  );
  return { leaseLeftMs: Math.max(0, Number(lease?.leftMs ?? 0)), failures: Number(most?.failures) };
}
