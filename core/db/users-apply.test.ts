import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import mysql, { type Connection } from "mysql2/promise";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { createDatabase, databaseUrl } from "../../test/harness/database.ts";
import { UsersNotMade } from "./errors.ts";
import { migrateDatabase } from "./migrations.ts";
import { privileges, type UserKind } from "./users.ts";
import { applyUsers } from "./users-apply.ts";
import { login, readHeld } from "./users-held.ts";

// Users that no other test has: here they are spoilt.
const mark = randomBytes(4).toString("hex");
const name = `orders_test_${mark}`;
const names = { handlers: `${mark}_handlers`, gateway: `${mark}_gateway` };
const secret = "pässword & more";
let url: string;
let owner: Connection;

beforeAll(async () => {
  url = databaseUrl(name);
  await createDatabase(url);
  owner = await mysql.createConnection(url);
});

afterEach(async () => {
  for (const user of [...Object.values(names), `${mark}_narrow`]) {
    await owner.query("DROP USER IF EXISTS ?@'%', ?@'127.0.0.1'", [user, user]);
  }
});

afterAll(async () => {
  await owner.query(`DROP DATABASE ${name}`);
  await owner.end();
});

function as(user: string, password = secret): string {
  const changed = new URL(url);
  [changed.username, changed.password] = [user, encodeURIComponent(password)];
  return changed.href;
}

const urls = (password?: string) => ({ handlers: as(names.handlers, password), gateway: as(names.gateway, password) });
const migrate = (by = url, password?: string) => migrateDatabase(by, { users: urls(password) });

async function connect(to: string): Promise<Connection> {
  const connection = await mysql.createConnection(to);
  onTestFinished(() => connection.destroy());
  return connection;
}

/** What a user may do in the database, and everywhere else. */
async function held(kind: UserKind, password?: string) {
  const { tables, databases, elsewhere } = await readHeld(await connect(as(names[kind], password)), name);
  const sorted = Object.entries(tables).map(([table, list]) => [table, list.toSorted()] as const);
  return { tables: Object.fromEntries(sorted), databases, elsewhere };
}

function exactly(kind: UserKind) {
  const sorted = Object.entries(privileges[kind]).map(([table, list]) => [table, list.toSorted()] as const);
  return { tables: Object.fromEntries(sorted), databases: {}, elsewhere: [] };
}

describe("a migration", () => {
  it("makes the users with exactly their privileges, and again changes nothing", async () => {
    for (let times = 0; times < 2; times++) {
      await migrate();
      expect(await held("handlers")).toEqual(exactly("handlers"));
      expect(await held("gateway")).toEqual(exactly("gateway"));
    }
  });

  it("makes one user when one is asked for, and none when none is", async () => {
    await migrateDatabase(url);
    await expect(connect(as(names.gateway))).rejects.toThrow("Access denied");
    await migrateDatabase(url, { users: { gateway: as(names.gateway) } });
    expect(await held("gateway")).toEqual(exactly("gateway"));
    await expect(connect(as(names.handlers))).rejects.toThrow("Access denied");
  });

  it("makes them once when four do it at once", async () => {
    await Promise.all(Array.from({ length: 4 }, () => migrate()));
    expect(await held("handlers")).toEqual(exactly("handlers"));
  });

  it("gives them the passwords of their URLs, when those change as well", async () => {
    await migrate();
    await migrate(url, "second");
    expect(await held("gateway", "second")).toEqual(exactly("gateway"));
    await expect(connect(as(names.gateway))).rejects.toThrow("Access denied");
  });

  it.each([
    ["that has never been ours", ""],
    ["that another database's migration has made", "COMMENT 'made by the migration of others'"],
  ])("leaves the password of an account %s as it is, and says how to hand it over", async (_, comment) => {
    await owner.query(`CREATE USER ?@'%' IDENTIFIED BY 'theirs' ${comment}`, [names.gateway]);
    const handOver = `ALTER USER '${names.gateway}'@'%' COMMENT 'made by the migration of ${name}'`;
    await expect(migrate()).rejects.toThrow(handOver);
    (await login(url, { user: names.gateway, password: "theirs" })).destroy();
    await owner.query(handOver);
    await migrate();
    expect(await held("gateway")).toEqual(exactly("gateway"));
  });

  it("takes an account for ours that has the password of its URL", async () => {
    await owner.query("CREATE USER ?@'%' IDENTIFIED BY ?", [names.gateway, secret]);
    await migrate();
    expect(await held("gateway")).toEqual(exactly("gateway"));
  });

  it("takes nothing where newer code has migrated, but gives what is missing", async () => {
    await migrate();
    const newer = [2 ** 41, 2 ** 41];
    await owner.query("INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)", newer);
    onTestFinished(async () => {
      await owner.query("DELETE FROM __drizzle_migrations WHERE created_at = ?", [newer[0]]);
    });
    await owner.query("GRANT UPDATE (price) ON orders TO ?@'%'", [names.gateway]);
    await owner.query("REVOKE INSERT ON order_events FROM ?@'%'", [names.gateway]);
    await migrate();
    const { orders, ...others } = exactly("gateway").tables;
    const { tables } = await held("gateway");
    expect(tables).toEqual({ ...others, orders: [...(orders ?? []), "UPDATE (price)"].toSorted() });
  });

  it("gives the columns again right after it has taken UPDATE on their table", async () => {
    await migrate();
    await owner.query("GRANT UPDATE ON orders TO ?@'%'", [names.gateway]);
    const by = await connect(url);
    // Of every connection: nothing is read in between either.
    const said = vi.spyOn(Object.getPrototypeOf(by), "query");
    onTestFinished(() => said.mockRestore());
    await applyUsers(by, url, urls());
    const statements = said.mock.calls.map(([sql]) => String(sql));
    const revoked = statements.findIndex((sql) => sql.startsWith("REVOKE UPDATE ON"));
    expect(statements.slice(revoked, revoked + 2)).toEqual([
      expect.stringMatching(/^REVOKE UPDATE ON/),
      expect.stringMatching(/^GRANT UPDATE \(.*\),UPDATE \(/),
    ]);
    expect(await held("gateway")).toEqual(exactly("gateway"));
  });

  it.each([
    ["on a table", "DELETE, DROP ON orders"],
    ["on columns, for the whole table", "UPDATE ON orders"],
    ["on a column", "UPDATE (price) ON orders"],
    ["on a table that is none of theirs", "SELECT ON __drizzle_migrations"],
    ["on the database", `ALL ON ${name}.*`],
    ["on the database, its name escaped", `SELECT, DELETE ON \`${name.replaceAll("_", "\\_")}\`.*`],
    ["to pass on", "SELECT ON orders", "WITH GRANT OPTION"],
  ])("takes from them what is beyond: %s", async (_, what, option = "") => {
    await migrate();
    await owner.query(`GRANT ${what} TO ?@'%' ${option}`, [names.gateway]);
    expect(await held("gateway")).not.toEqual(exactly("gateway"));
    await migrate();
    expect(await held("gateway")).toEqual(exactly("gateway"));
  });

  it("leaves alone what they may do in other databases", async () => {
    await owner.query(`CREATE DATABASE ${name}_2`);
    onTestFinished(() => owner.query(`DROP DATABASE ${name}_2`).then(() => {}));
    await owner.query(`CREATE TABLE ${name}_2.more (id INT)`);
    await migrate();
    await owner.query(`GRANT SELECT ON ${name}_2.more TO ?@'%'`, [names.gateway]);
    await migrate();
    const gateway = await connect(as(names.gateway));
    await gateway.query(`SELECT * FROM ${name}_2.more`);
  });

  it("takes nothing that they need from those that work meanwhile", async () => {
    await migrate();
    const gateway = await connect(as(names.gateway));
    let isOver = false;
    const working = (async () => {
      let done = 0;
      for (; !isOver; done += 1) await gateway.query("UPDATE orders SET status = 'failed', version = 0 WHERE false");
      return done;
    })();
    // Heard of below.
    working.catch(() => {});
    for (let times = 0; times < 5; times++) {
      await owner.query("GRANT DELETE ON orders TO ?@'%'", [names.gateway]);
      await owner.query(`GRANT ALL ON ${name}.* TO ?@'%'`, [names.gateway]);
      await migrate();
    }
    isOver = true;
    expect(await working).toBeGreaterThan(5);
  });
});

describe("a migration whose user may not make others", () => {
  /** An owner of the database who cannot pass anything on. */
  async function narrowOwner(): Promise<string> {
    await owner.query("CREATE USER ?@'%' IDENTIFIED BY ?", [`${mark}_narrow`, secret]);
    await owner.query(`GRANT ALL ON ${name}.* TO ?@'%'`, [`${mark}_narrow`]);
    return as(`${mark}_narrow`);
  }

  it("succeeds where they are as they should be", async () => {
    await migrate();
    await migrate(await narrowOwner());
  });

  it.each([
    ["there are none", async () => {}, "CREATE USER privilege"],
    [
      "one lacks a privilege",
      async () => {
        await migrate();
        await owner.query("REVOKE INSERT ON orders FROM ?@'%'", [names.handlers]);
      },
      "GRANT command denied",
    ],
  ])("says what it needs where %s, and no password", async (_, prepare, says) => {
    await prepare();
    const error: unknown = await migrate(await narrowOwner()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsersNotMade);
    expect(String(error)).toContain(`The user ${names.handlers} of the handlers is not as it should be: `);
    expect(String(error)).toContain(says);
    expect(String(error)).toContain("The owner of the schema needs CREATE USER and GRANT OPTION");
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("IDENTIFIED");
  });
});

describe("a user that is not to be trusted is refused", () => {
  it("when it has privileges on other databases by a pattern", async () => {
    await migrate();
    await owner.query("GRANT SELECT ON `orders%`.* TO ?@'%'", [names.gateway]);
    await expect(migrate()).rejects.toThrow(
      `The user ${names.gateway} of the gateway is not as it should be: it has more than it should ` +
        "(privileges on orders%.*): revoke that, or choose another user",
    );
  });

  it("when another account takes its place", async () => {
    await migrate();
    await owner.query("CREATE USER ?@'127.0.0.1' IDENTIFIED BY ?", [names.gateway, secret]);
    await expect(migrate()).rejects.toThrow(
      `MySQL takes it for the account ${names.gateway}@127.0.0.1: drop that one, or choose another user`,
    );
  });
});
