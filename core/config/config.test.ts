import { describe, expect, it } from "vitest";
import { ConfigError, type Environment } from "./env.ts";
import { readFunctionsConfig } from "./functions.ts";
import { readGatewayConfig } from "./gateway.ts";
import { readMigrateConfig } from "./migrate.ts";

const MYSQL_URL = "mysql://orders:secret@db.internal:3306/orders";
const REDIS_URL = "redis://cache.internal:6379";
const urls = { MYSQL_URL, REDIS_URL };

/** What the reader says of the environment. */
function problem(read: (environment: Environment) => unknown, environment: Environment): string {
  try {
    read(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("the configuration was accepted");
}

describe("the defaults", () => {
  it("of the handlers", () => {
    expect(readFunctionsConfig(urls)).toEqual({ ...urls, LOG_LEVEL: "info", MYSQL_CONNECTIONS: 1 });
  });

  it("of the gateway", () => {
    expect(readGatewayConfig(urls)).toEqual({
      ...urls,
      ...{ HOST: "127.0.0.1", PORT_GRPC: 50_051, PORT_GATEWAY_METRICS: 50_052, MYSQL_CONNECTIONS: 8 },
      ...{ LEASE_MS: 10_000, RELAY_INTERVAL_MS: 1_000, QUEUE_GRACE_MS: 5_000, MAX_ATTEMPTS: 5 },
      ...{ DRAIN_TIMEOUT_MS: 8_000, LOG_LEVEL: "info" },
    });
  });

  it("of the migration", () => {
    expect(readMigrateConfig({ MYSQL_URL })).toEqual({ MYSQL_URL, LOG_LEVEL: "info" });
  });
});

describe("a variable that is required", () => {
  it.each([
    ["MYSQL_URL", readFunctionsConfig],
    ["REDIS_URL", readFunctionsConfig],
    ["MYSQL_URL", readGatewayConfig],
    ["REDIS_URL", readGatewayConfig],
    ["MYSQL_URL", readMigrateConfig],
  ] as const)("%s is named when it is missing or empty (%o)", (name, read) => {
    for (const absent of [undefined, ""]) {
      const message = problem(read, { ...urls, [name]: absent });
      expect(message).toContain(`${name} is missing: expected ${name.startsWith("MYSQL") ? "mysql" : "redis"}://`);
      expect(message.split("\n")).toHaveLength(2);
    }
  });
});

describe("a malformed variable is named with what it should be, never with its value:", () => {
  it.each([
    ["MYSQL_URL", "localhost:3306"],
    ["MYSQL_URL", "postgres://u:p@host/db"],
    ["MYSQL_URL", "mysql://user:password@host:3306"],
    ["MYSQL_URL", "mysql://user:password@host:3306/"],
    ["MYSQL_URL", "mysql:///orders"],
    ["REDIS_URL", "http://localhost:6379"],
    ["REDIS_URL", "cache"],
    ["LEASE_MS", "10s"],
    ["LEASE_MS", "499"],
    ["LEASE_MS", "3600001"],
    ["LEASE_MS", "1e4"],
    ["LEASE_MS", "-1000"],
    ["LEASE_MS", "1000.5"],
    ["LEASE_MS", " 1000"],
    ["RELAY_INTERVAL_MS", "0"],
    ["QUEUE_GRACE_MS", "NaN"],
    ["MAX_ATTEMPTS", "0"],
    ["MYSQL_CONNECTIONS", "1"],
    ["MYSQL_CONNECTIONS", "65"],
    ["PORT_GRPC", "65536"],
    ["PORT_GATEWAY_METRICS", "http"],
    ["DRAIN_TIMEOUT_MS", "99"],
    ["LOG_LEVEL", "loud"],
  ])("%s=%s", (name, value) => {
    const message = problem(readGatewayConfig, { ...urls, [name]: value });
    expect(message).toMatch(new RegExp(`^ {2}${name} is malformed: expected `, "m"));
    expect(message.split("\n")).toHaveLength(2);
    // A URL holds a password.
    if (name.endsWith("_URL")) expect(message).not.toContain(value);
  });

  it("all of them at once", () => {
    const message = problem(readGatewayConfig, { REDIS_URL: "x", LEASE_MS: "y", LOG_LEVEL: "z" });
    const named = message.split("\n").map((line) => line.trim().split(" ", 1)[0]);
    expect(named.slice(1).toSorted()).toEqual(["LEASE_MS", "LOG_LEVEL", "MYSQL_URL", "REDIS_URL"]);
  });
});

describe("a variable", () => {
  it("that is empty is as if absent", () => {
    const empty = { LEASE_MS: "", LOG_LEVEL: "", PORT_GRPC: "", HOST: "" };
    expect(readGatewayConfig({ ...urls, ...empty })).toEqual(readGatewayConfig(urls));
  });

  it("at its bounds is accepted", () => {
    expect(readGatewayConfig({ ...urls, LEASE_MS: "500", MAX_ATTEMPTS: "1000", PORT_GRPC: "0" })).toMatchObject({
      ...{ LEASE_MS: 500, MAX_ATTEMPTS: 1_000, PORT_GRPC: 0 },
    });
  });

  it("may ask for TLS to Redis", () => {
    const REDIS_URL = "rediss://:token@cache.internal:6380/1";
    expect(readFunctionsConfig({ ...urls, REDIS_URL })).toMatchObject({ REDIS_URL });
  });

  it("that is not ours is ignored", () => {
    expect(readFunctionsConfig({ ...urls, PATH: "/bin" })).not.toHaveProperty("PATH");
  });
});
