import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import { credentialsOf } from "../config/database-users.ts";
import { DatabaseUnavailable, isDenied, isUnavailable, isUserThere, UsersNotMade } from "./errors.ts";
import { difference, type Privilege, privileges, type TablePrivileges, type UserKind, userKinds } from "./users.ts";
import { type HeldPrivileges, login, readHeld } from "./users-held.ts";

/** The users to make: their names and passwords are those of these URLs. */
export type UserUrls = { readonly [K in UserKind]?: string | undefined };

/** From any host: they come from containers, functions and by way of proxies. */
const host = "%";

/** One to settle, one to see that it is settled, and one for another that changes them at the same time. */
const maxRounds = 3;

/** A user that is being made. */
interface Making {
  readonly owner: Connection;
  readonly ownerUrl: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly wanted: TablePrivileges;
  readonly isGrantOnly: boolean;
}

/**
 * Makes the users that there are URLs of, and sees to it that in the owner's database each may do exactly what is said
 * in {@link privileges}. Processes go on working: what they need is not taken from them, but for the moment between two
 * statements where UPDATE on a whole table is replaced by UPDATE on its columns. Where all is as it should be, nothing
 * is written and the owner needs no privilege for it. An account that was there before is taken for ours only with
 * the password of its URL, or with the comment that a migration of this database gives to those that it makes.
 *
 * @param owner connected to the database, which has its tables
 * @param ownerUrl what it is connected by
 * @param isGrantOnly where newer code has migrated the database: what is beyond for us may be what it needs
 * @throws {UsersNotMade} with what is to be done; no password is in it
 */
export async function applyUsers(
  owner: Connection,
  ownerUrl: string,
  urls: UserUrls,
  { isGrantOnly = false }: { readonly isGrantOnly?: boolean } = {},
): Promise<void> {
  for (const kind of userKinds) {
    const url = urls[kind];
    if (url === undefined) continue;
    const credentials = credentialsOf(url);
    if (credentials === undefined) throw new UsersNotMade(`the user of the ${kind} cannot be read from its URL`);
    const database = await nameOfDatabase(owner);
    const making = { owner, ownerUrl, database, ...credentials, wanted: privileges[kind], isGrantOnly };
    try {
      await applyUser(making);
    } catch (error) {
      throw withoutPassword(error, making, kind);
    }
  }
}

async function applyUser(making: Making): Promise<void> {
  const connection = await login(making.ownerUrl, making).catch((error: unknown) => {
    if (!isDenied(error)) throw error;
    return made(making);
  });
  try {
    for (let round = 1; ; round += 1) {
      const held = await readHeld(connection, making.database);
      assertWithin(held, making);
      const isSettled = await settle(making, held);
      if (isSettled) return;
      if (round === maxRounds) throw new UsersNotMade("its privileges are not as they were granted");
    }
  } finally {
    connection.destroy();
  }
}

/** Makes the user, or gives it the password that it should have if a migration of this database has made it. */
async function made(making: Making): Promise<Connection> {
  const { owner, ownerUrl, user, password, database } = making;
  const comment = commentOf(database);
  const found = await findComment(owner, user);
  if (found === undefined) {
    // COMMENT: MySQL 8.0.21 and newer.
    const values = [user, host, password, comment];
    await owner.query("CREATE USER ?@? IDENTIFIED BY ? COMMENT ?", values).catch((error: unknown) => {
      // Another migration was faster.
      if (!isUserThere(error)) throw error;
    });
  } else if (found === comment) {
    await owner.query("ALTER USER ?@? IDENTIFIED BY ?", [user, host, password]);
  }
  return login(ownerUrl, making).catch((error: unknown) => {
    throw isDenied(error) && found !== undefined && found !== comment ? notOurs(making) : error;
  });
}

/** How the accounts that a migration has made are known again. */
function commentOf(database: string): string {
  return `made by the migration of ${database}`;
}

/** The comment of an account, empty when it has none; undefined when there is no such account. */
async function findComment(owner: Connection, user: string): Promise<string | undefined> {
  const [[row]] = await owner.query<RowDataPacket[]>(
    `SELECT attribute->>'$.comment' AS comment FROM information_schema.USER_ATTRIBUTES WHERE user = ? AND host = ?`,
    [user, host],
  );
  return row === undefined ? undefined : String(row.comment ?? "");
}

function notOurs({ user, database }: Making): UsersNotMade {
  const mark = mysql.format("ALTER USER ?@? COMMENT ?", [user, host, commentOf(database)]);
  return new UsersNotMade(
    "there is such an account with another password, and no migration of this database has made it: choose another " +
      `user, or put its password into the URL; or, if it is used for nothing else, hand it over: ${mark}`,
  );
}

/** Refuses what is not ours to take: it may be another's on purpose, and the user is not what it should be. */
function assertWithin({ account, databases, elsewhere }: HeldPrivileges, { user, database }: Making): void {
  if (account !== `${user}@${host}`) {
    throw new UsersNotMade(`MySQL takes it for the account ${account}: drop that one, or choose another user`);
  }
  const patterns = Object.keys(databases).filter((pattern) => !isExactly(pattern, database));
  const wide = [...elsewhere, ...patterns.map((pattern) => `privileges on ${pattern}.*`)];
  if (wide.length === 0) return;
  throw new UsersNotMade(`it has more than it should (${some(wide)}): revoke that, or choose another user`);
}

function some(list: readonly string[]): string {
  return list.length > 5 ? `${list.slice(0, 5).join(", ")} and more` : list.join(", ");
}

/** Whether a name or pattern that was granted on is this database and no other. */
function isExactly(pattern: string, database: string): boolean {
  return pattern === database || pattern.replace(/\\([_%])/g, "$1") === database;
}

/** First gives what is missing, then takes what is beyond. Answers whether there was neither. */
async function settle({ owner, user, database, wanted, isGrantOnly }: Making, held: HeldPrivileges) {
  const { missing, beyond } = difference(wanted, held.tables);
  const grant = (table: string, list: readonly Privilege[]) =>
    owner.query(`GRANT ${clause(list)} ON ??.?? TO ?@?`, [database, table, user, host]);
  for (const [table, list] of Object.entries(missing)) await grant(table, list);
  if (isGrantOnly) return Object.keys(missing).length === 0;
  for (const [table, list] of Object.entries(beyond)) {
    await owner.query(`REVOKE ${clause(list)} ON ??.?? FROM ?@?`, [database, table, user, host]);
    // MySQL takes those on columns along with the one on the table: they are given again at once.
    const columns = wanted[table]?.filter((privilege) => list.includes(privilege.replace(/ \(.*\)$/, "")));
    if (columns !== undefined && columns.length > 0) await grant(table, columns);
  }
  for (const [pattern, list] of Object.entries(held.databases)) {
    await owner.query(`REVOKE ${clause(list)} ON ??.* FROM ?@?`, [pattern, user, host]);
  }
  return [missing, beyond, held.databases].every((places) => Object.keys(places).length === 0);
}

function clause(list: readonly Privilege[]): string {
  return list
    .map((privilege) => privilege.replace(/\((.*)\)/, (_, column: string) => `(${mysql.escapeId(column)})`))
    .join();
}

async function nameOfDatabase(connection: Connection): Promise<string> {
  const [[row]] = await connection.query<RowDataPacket[]>("SELECT DATABASE() AS name");
  return String(row?.name);
}

/** The driver's errors bring their statement along, and with it the password: only what MySQL said is passed on. */
function withoutPassword(error: unknown, { user, password }: Making, kind: UserKind): Error {
  const said = (error instanceof Error ? error.message : String(error)).replaceAll(password, "***");
  if (isUnavailable(error)) return new DatabaseUnavailable(`MySQL was lost: ${said}`);
  const needs = error instanceof UsersNotMade ? "" : `. The owner of the schema needs CREATE USER and GRANT OPTION`;
  return new UsersNotMade(`The user ${user} of the ${kind} is not as it should be: ${said}${needs}`);
}

/**
 * What is not as it should be with a user: what it lacks or has beyond, a line each. None when all is well.
 *
 * @throws what MySQL says, such as that it does not take the user
 */
export async function objectionsTo(kind: UserKind, ownerUrl: string, url: string): Promise<readonly string[]> {
  const credentials = credentialsOf(url);
  if (credentials === undefined) return ["its user cannot be read from its URL"];
  const connection = await login(ownerUrl, credentials);
  try {
    const { tables, databases, elsewhere } = await readHeld(connection, new URL(ownerUrl).pathname.slice(1));
    const { missing, beyond } = difference(privileges[kind], tables);
    return [
      ...Object.entries(missing).map(([table, list]) => `lacks ${list.join(", ")} on ${table}`),
      ...Object.entries(beyond).map(([table, list]) => `has ${list.join(", ")} on ${table} beyond`),
      ...Object.entries(databases).map(([pattern, list]) => `has ${some(list)} on ${pattern}.* beyond`),
      ...(elsewhere.length > 0 ? [`has ${some(elsewhere)} on the whole server beyond`] : []),
    ];
  } finally {
    connection.destroy();
  }
}
