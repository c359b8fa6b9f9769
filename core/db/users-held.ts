import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import { connectionOptions } from "./connection-options.ts";
import { columnPrivilege, type Privilege, type TablePrivileges } from "./users.ts";

/** What a user may do in a database, by its own account: everybody may read that, whatever privileges they have. */
export interface HeldPrivileges {
  /** The account that MySQL has taken the user for, such as `orders_gateway@%`. */
  readonly account: string;
  readonly tables: TablePrivileges;
  /** On every table of the database, by the name or pattern that it was granted on. */
  readonly databases: Readonly<Record<string, readonly Privilege[]>>;
  /** On the whole server, and roles. */
  readonly elsewhere: readonly Privilege[];
}

/** Connects as a user to the owner's server, to no database: it may be allowed none yet. */
export async function login(
  ownerUrl: string,
  { user, password }: { readonly user: string; readonly password: string },
): Promise<Connection> {
  const url = new URL(ownerUrl);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  url.pathname = "/";
  return mysql.createConnection({ ...connectionOptions(url.href), connectTimeout: 5_000 });
}

/** @param connection the user's own */
export async function readHeld(connection: Connection, database: string): Promise<HeldPrivileges> {
  const [[user]] = await connection.query<RowDataPacket[]>("SELECT CURRENT_USER() AS account");
  const account = String(user?.account);
  const at = account.lastIndexOf("@");
  const grantee = `'${account.slice(0, at)}'@'${account.slice(at + 1)}'`;
  const read = (sql: string, values: string[] = []) => readRows(connection, sql, [grantee, ...values]);
  const [tables, columns] = [
    await read(`${granted("table_name", "TABLE_PRIVILEGES")} AND table_schema = ?`, [database]),
    await read(
      `SELECT table_name AS place, privilege_type AS privilege, column_name AS col, is_grantable AS grantable
      FROM information_schema.COLUMN_PRIVILEGES WHERE grantee = ? AND table_schema = ?`,
      [database],
    ),
  ];
  // A grant on a database may be on a pattern of names: MySQL manual, "GRANT Statement".
  const databases = await read(`${granted("table_schema", "SCHEMA_PRIVILEGES")} AND ? LIKE table_schema`, [database]);
  const global = await read(`${granted("table_catalog", "USER_PRIVILEGES")} AND privilege_type <> 'USAGE'`);
  const [roles] = await connection.query<RowDataPacket[]>(
    // A role that the server gives to everybody is its administrator's choice.
    "SELECT role_name AS role FROM information_schema.APPLICABLE_ROLES WHERE is_mandatory <> 'YES'",
  );
  return {
    account,
    tables: byPlace([...tables, ...columns]),
    databases: byPlace(databases),
    elsewhere: [...global.map(({ privilege }) => privilege), ...roles.map(({ role }) => `role ${role}`)],
  };
}

interface Granted {
  readonly place: string;
  readonly privilege: string;
  readonly col?: string;
  readonly grantable: string;
}

function granted(place: string, table: string): string {
  return `SELECT ${place} AS place, privilege_type AS privilege, is_grantable AS grantable
    FROM information_schema.${table} WHERE grantee = ?`;
}

async function readRows(connection: Connection, sql: string, values: string[]): Promise<Granted[]> {
  const [rows] = await connection.query<RowDataPacket[]>(sql, values);
  return rows.map(({ place, privilege, col, grantable }) => ({ place, privilege, col, grantable }));
}

/** To be allowed to pass a privilege on is one, too. */
function byPlace(rows: readonly Granted[]): Record<string, readonly Privilege[]> {
  const found = Object.groupBy(rows, ({ place }) => place) as Record<string, Granted[]>;
  return Object.fromEntries(
    Object.entries(found).map(([place, list]) => [
      place,
      [
        ...new Set(
          list.flatMap(({ privilege, col, grantable }) => [
            col === undefined ? privilege : columnPrivilege(privilege, col),
            ...(grantable === "YES" ? ["GRANT OPTION"] : []),
          ]),
        ),
      ],
    ]),
  );
}
