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
    expect(readFunctionsConfig(urls)).toEqual({
      ...urls,
      ...{ LOG_LEVEL: "info", MYSQL_CONNECTIONS: 1, ENQUEUE_TIMEOUT_MS: 35 },
      ...{ LEASE_MS: 10_000, RELAY_INTERVAL_MS: 1_000, QUEUE_GRACE_MS: 5_000, MAX_ATTEMPTS: 5 },
      ...{ STAGE: "dev", API_KEYS: [], CORS_ORIGINS: [], OTEL_TRACES_SAMPLER_ARG: 1 },
    });
  });

  it("of the gateway", () => {
    expect(readGatewayConfig(urls)).toEqual({
      ...urls,
      ...{ LISTEN_HOST: "127.0.0.1", PORT_GRPC: 50_051, PORT_GATEWAY_METRICS: 50_052, MYSQL_CONNECTIONS: 8 },
      ...{ LEASE_MS: 10_000, RELAY_INTERVAL_MS: 1_000, QUEUE_GRACE_MS: 5_000, MAX_ATTEMPTS: 5 },
      ...{ DRAIN_TIMEOUT_MS: 8_000, LOG_LEVEL: "info", OTEL_TRACES_SAMPLER_ARG: 1 },
      ...{ GRPC_TOKEN: [], GRPC_PRIVATE_NETWORK: false, GRPC_PUBLISH_ADDRESS: "127.0.0.1" },
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
    const empty = { LEASE_MS: "", LOG_LEVEL: "", PORT_GRPC: "", LISTEN_HOST: "" };
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
    // Some shells export the machine's name as HOST: nothing must listen there.
    expect(readGatewayConfig({ ...urls, HOST: "laptop" })).toEqual(readGatewayConfig(urls));
  });
});

describe("the API keys", () => {
  const sha256 = "0123456789abcdef".repeat(4);
  const shop = { name: "shop", sha256: Buffer.from(sha256, "hex") };

  it.each([
    ["one", `shop:${sha256}`, [shop]],
    ["one in upper case", `shop:${sha256.toUpperCase()}`, [shop]],
    ["two of one caller", `shop:${sha256},shop:${sha256}`, [shop, shop]],
    ["two callers", `shop:${sha256},shop-2.eu_west:${sha256}`, [shop, { ...shop, name: "shop-2.eu_west" }]],
  ])("are read as name and hash: %s", (_what, API_KEYS, keys) => {
    expect(readFunctionsConfig({ ...urls, API_KEYS, STAGE: "production" }).API_KEYS).toEqual(keys);
  });

  it.each([
    "shop",
    "shop:secret",
    `:${sha256}`,
    sha256,
    `shop:${sha256.slice(1)}`,
    `shop:${sha256}0`,
    `shop:${sha256};billing:${sha256}`,
    `shop:${sha256}, billing:${sha256}`,
    `shop:${sha256}billing:${sha256}`,
    `the shop:${sha256}`,
    `${"x".repeat(65)}:${sha256}`,
    ",",
  ])("that are malformed are refused, by the variable's name and without its value: %s", (API_KEYS) => {
    const message = problem(readFunctionsConfig, { ...urls, API_KEYS });
    expect(message).toContain("API_KEYS is malformed: expected name:sha256hex");
    if (API_KEYS.length > 1) expect(message).not.toContain(API_KEYS);
    expect(message.split("\n")).toHaveLength(2);
  });

  it.each(["dev", "local", ""])("may be none in the stage %j", (STAGE) => {
    expect(readFunctionsConfig({ ...urls, STAGE, API_KEYS: "" }).API_KEYS).toEqual([]);
  });

  it.each(["production", "staging", "prod", "Dev", "test"])("may not be none in the stage %s", (STAGE) => {
    for (const API_KEYS of ["", undefined]) {
      expect(problem(readFunctionsConfig, { ...urls, STAGE, API_KEYS })).toContain(
        "API_KEYS is missing: every stage but",
      );
    }
  });
});

describe("the CORS origins", () => {
  it.each([
    ["https://shop.example", ["https://shop.example"]],
    ["https://shop.example,http://localhost:8080", ["https://shop.example", "http://localhost:8080"]],
    ["*", ["*"]],
  ])("%s are read one by one", (CORS_ORIGINS, origins) => {
    expect(readFunctionsConfig({ ...urls, CORS_ORIGINS }).CORS_ORIGINS).toEqual(origins);
  });

  it.each(["shop.example", "https://", "https://shop.example/", "https://a.example https://b.example", "ftp://x", ","])(
    "that are malformed are refused by the variable's name: %s",
    (CORS_ORIGINS) => {
      expect(problem(readFunctionsConfig, { ...urls, CORS_ORIGINS })).toContain("CORS_ORIGINS is malformed: expected");
    },
  );
});
