import { describe, expect, it } from "vitest";
import { ConfigError, type Environment } from "./env.ts";
import { readMigrateConfig } from "./migrate.ts";
import { readOpsConfig } from "./ops.ts";

const place = "db.internal:3306/orders";
const owner = `mysql://orders:secret@${place}`;
const handlers = `mysql://orders_handlers:hidden@${place}`;
const gateway = `mysql://orders_gateway:covert@${place}`;
const REDIS_URL = "redis://cache.internal:6379";

/** What the reader says of the environment, without its first line. */
function problems(read: (environment: Environment) => unknown, environment: Environment): string[] {
  try {
    read(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const { message } = error as Error;
    for (const password of ["secret", "hidden", "covert"]) expect(message).not.toContain(password);
    return message.split("\n").slice(1);
  }
  return [];
}

describe("the migration", () => {
  const migrate = (more: Environment) => problems(readMigrateConfig, { MYSQL_URL: owner, ...more });

  it.each([
    ["none", {}],
    ["one", { MYSQL_GATEWAY_URL: gateway }],
    ["both", { MYSQL_HANDLERS_URL: handlers, MYSQL_GATEWAY_URL: gateway }],
    ["an empty one", { MYSQL_HANDLERS_URL: "", MYSQL_GATEWAY_URL: gateway }],
    ["one without the default port", { MYSQL_GATEWAY_URL: "mysql://g:p@db.internal/orders" }],
    ["one with other options", { MYSQL_GATEWAY_URL: `${gateway}?ssl=Amazon%20RDS` }],
    ["one with a password that is escaped", { MYSQL_GATEWAY_URL: `mysql://g:%C3%A4%25%40@${place}` }],
  ])("takes %s of the users' URLs", (_, more) => {
    expect(migrate(more)).toEqual([]);
  });

  const elsewhere = "expected the host, port and database of MYSQL_URL";
  it.each([
    ["of another kind", "postgres://x:p@db.internal/orders", "expected mysql://"],
    ["on another host", "mysql://x:p@other:3306/orders", elsewhere],
    ["at another port", "mysql://x:p@db.internal:3307/orders", elsewhere],
    ["in another database", "mysql://x:p@db.internal/shop", elsewhere],
    ["with the owner's user", owner, "expected a user of its own, not that of MYSQL_URL"],
    ["without a user", "mysql://db.internal:3306/orders", "expected a user of up to 32 letters"],
    ["with a user of 33 letters", `mysql://${"x".repeat(33)}:p@${place}`, "expected a user of up to 32 letters"],
    ["with a user that would need quotes", `mysql://a%27b:p@${place}`, "expected a user of up to 32 letters"],
    ["with a user that is broken", `mysql://a%zz:p@${place}`, "expected a user of up to 32 letters"],
    ["without a password", `mysql://x@${place}`, "expected a password, without quotes and backslashes"],
    ["with a quote in its password", `mysql://x:a%27b@${place}`, "expected a password, without quotes"],
    ["with a backslash in its password", `mysql://x:a%5Cb@${place}`, "expected a password, without quotes"],
    ["with a line break in its password", `mysql://x:a%0Ab@${place}`, "expected a password, without quotes"],
  ])("refuses a URL %s", (_, url, expected) => {
    for (const name of ["MYSQL_HANDLERS_URL", "MYSQL_GATEWAY_URL"]) {
      expect(migrate({ [name]: url })).toEqual([expect.stringContaining(`  ${name} is malformed: ${expected}`)]);
    }
  });

  it("refuses one user for two kinds of processes", () => {
    const two = { MYSQL_HANDLERS_URL: gateway, MYSQL_GATEWAY_URL: gateway };
    expect(migrate(two)).toEqual([
      "  MYSQL_GATEWAY_URL is malformed: expected a user of its own, not that of MYSQL_HANDLERS_URL",
    ]);
  });
});

describe("the functions of the operators", () => {
  const ops = (more: Environment) => problems(readOpsConfig, { MYSQL_URL: handlers, REDIS_URL, ...more });

  it.each([
    ["one user for all", {}],
    ["an owner", { MYSQL_OWNER_URL: owner }],
    ["an owner, and a user for the gateway", { MYSQL_OWNER_URL: owner, MYSQL_GATEWAY_URL: gateway }],
    ["a user for the gateway alone", { MYSQL_GATEWAY_URL: gateway }],
  ])("take %s", (_, more) => {
    expect(ops(more)).toEqual([]);
  });

  it("refuse an owner who is the handlers' user, and one of another database", () => {
    expect(ops({ MYSQL_OWNER_URL: handlers })).toEqual([
      "  MYSQL_URL is malformed: expected a user of its own, not that of MYSQL_OWNER_URL",
    ]);
    expect(ops({ MYSQL_OWNER_URL: `${owner}_2`, MYSQL_GATEWAY_URL: `${gateway}_2` })).toEqual([
      "  MYSQL_URL is malformed: expected the host, port and database of MYSQL_OWNER_URL",
    ]);
  });
});
