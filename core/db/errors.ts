/** MySQL could not be reached, did not answer in time, or refuses writes: the same work may succeed later. */
export class DatabaseUnavailable extends Error {
  override readonly name: string = "DatabaseUnavailable";
}

/** A piece of work was not done within its time limit: MySQL is frozen or cut off, or the work takes longer. */
export class DatabaseTooSlow extends DatabaseUnavailable {
  override readonly name = "DatabaseTooSlow";
}

/** The server is not one that is supported. */
export class UnsupportedDatabase extends Error {
  override readonly name = "UnsupportedDatabase";
}

/** A user that handlers or gateway are to have could not be made, or has privileges that cannot be taken from it. */
export class UsersNotMade extends Error {
  override readonly name = "UsersNotMade";
}

/** What mysql2 puts on its errors. `code` is MySQL's symbol, Node's or the driver's. */
interface DriverError {
  readonly code: string;
}

/** The connection is gone, and with it the knowledge of whether the last statement took effect. */
const lostConnection: ReadonlySet<string> = new Set([
  "PROTOCOL_CONNECTION_LOST",
  "ECONNRESET",
  "EPIPE",
  "ER_SERVER_SHUTDOWN",
  "ER_CLIENT_INTERACTION_TIMEOUT",
]);

/** Nothing was done: there is no server, or it refuses to write. MySQL 9.7 Error Reference. */
const unavailable: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ER_CON_COUNT_ERROR",
  "ER_TOO_MANY_USER_CONNECTIONS",
  "ER_OPTION_PREVENTS_STATEMENT",
  "ER_READ_ONLY_MODE",
  "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION",
  "ER_ERROR_DURING_COMMIT",
  "ER_DISK_FULL",
  "ER_RECORD_FILE_FULL",
]);

/** MySQL errors 1045, 1044, 1142, 1143. */
const denied: ReadonlySet<string> = new Set([
  "ER_ACCESS_DENIED_ERROR",
  "ER_DBACCESS_DENIED_ERROR",
  "ER_TABLEACCESS_DENIED_ERROR",
  "ER_COLUMNACCESS_DENIED_ERROR",
]);

const deadlock = "ER_LOCK_DEADLOCK";
const conflict: ReadonlySet<string> = new Set([deadlock, "ER_LOCK_WAIT_TIMEOUT"]);

export function isLostConnection(error: unknown): boolean {
  return lostConnection.has(driverError(error)?.code ?? "");
}

export function isUnavailable(error: unknown): boolean {
  const code = driverError(error)?.code ?? "";
  return error instanceof DatabaseUnavailable || unavailable.has(code) || lostConnection.has(code);
}

/** MySQL does not take this user, or not for this statement. */
export function isDenied(error: unknown): boolean {
  return denied.has(driverError(error)?.code ?? "");
}

/** A privilege on the whole server is missing, such as PROCESS: MySQL error 1227. */
export function needsPrivilege(error: unknown): boolean {
  return driverError(error)?.code === "ER_SPECIFIC_ACCESS_DENIED_ERROR";
}

/** The transaction lost against another one and was rolled back: MySQL errors 1213 and 1205. Try it again. */
export function isConflict(error: unknown): boolean {
  return conflict.has(driverError(error)?.code ?? "");
}

/** Of two transactions that held what the other wanted this one was ended: MySQL error 1213. */
export function isDeadlock(error: unknown): boolean {
  return driverError(error)?.code === deadlock;
}

/** A unique key of the row is taken: MySQL error 1062. */
export function isDuplicate(error: unknown): boolean {
  return driverError(error)?.code === "ER_DUP_ENTRY";
}

/** A statement that adds to the schema or fills a table was carried out before: MySQL errors 1050, 1060, 1061, 1062. */
export function isThereAlready(error: unknown): boolean {
  return thereAlready.has(driverError(error)?.code ?? "");
}

const thereAlready: ReadonlySet<string> = new Set([
  "ER_TABLE_EXISTS_ERROR",
  "ER_DUP_FIELDNAME",
  "ER_DUP_KEYNAME",
  "ER_DUP_ENTRY",
]);

/** There is an account of this name: MySQL error 1396. */
export function isUserThere(error: unknown): boolean {
  return driverError(error)?.code === "ER_CANNOT_USER";
}

/** The schema is not there: MySQL error 1146. */
export function hasNoTables(error: unknown): boolean {
  return driverError(error)?.code === "ER_NO_SUCH_TABLE";
}

/** drizzle wraps what the driver throws: look down the causes. */
function driverError(error: unknown): DriverError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at as Error & DriverError;
    // mysql2 has no code for a statement on a connection that has ended since the last one.
    if ("fatal" in at && at.fatal === true) return { code: "PROTOCOL_CONNECTION_LOST" };
  }
  return undefined;
}
