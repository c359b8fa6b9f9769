import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readLocalConfig } from "./config.ts";
import { readEnvFile, writeEnvFile } from "./env-file.ts";

describe("readLocalConfig", () => {
  it("has a default for everything", () => {
    const config = readLocalConfig({ HOME: "/home/ada", PATH: "/bin:/usr/bin" });
    expect(config).toMatchObject({ mysqlUrl: undefined, redisUrl: undefined, searchPath: ["/bin", "/usr/bin"] });
    expect(config.ports.PORT_HTTP).toBe(3000);
    expect(config.stateDir).toBe(join(config.root, ".orders"));
  });

  it("takes an empty variable for an absent one", () => {
    expect(readLocalConfig({ MYSQL_URL: "", PORT_HTTP: "" })).toMatchObject({ mysqlUrl: undefined });
  });

  it("follows XDG_CACHE_HOME, and before it ORDERS_CACHE_DIR", () => {
    expect(readLocalConfig({ XDG_CACHE_HOME: "/c" }).cacheDir).toBe("/c/orders");
    expect(readLocalConfig({ XDG_CACHE_HOME: "/c", ORDERS_CACHE_DIR: "/d" }).cacheDir).toBe("/d");
  });

  it.each([
    [{ PORT_HTTP: "80800" }, "PORT_HTTP"],
    [{ PORT_GRPC: "x" }, "PORT_GRPC"],
    [{ MYSQL_URL: "localhost:3306" }, "MYSQL_URL"],
    [{ MYSQL_URL: "postgres://localhost/orders" }, "MYSQL_URL"],
    [{ REDIS_URL: "http://localhost" }, "REDIS_URL"],
    [{ MYSQL_URL: "mysql://o@h/d", MYSQL_HANDLERS_URL: "h" }, "MYSQL_HANDLERS_URL"],
  ])("names the malformed variable of %j", (env, name) => {
    expect(() => readLocalConfig(env)).toThrow(name);
  });
});

it("users of a MySQL that is not given are refused", () => {
  expect(() => readLocalConfig({ MYSQL_GATEWAY_URL: "mysql://g:p@h/d" })).toThrow(
    "MYSQL_GATEWAY_URL is a user in the MySQL of MYSQL_URL: set that as well, or unset MYSQL_GATEWAY_URL",
  );
});

describe("the env file", () => {
  it("gives back what was written, and is for its owner only", async () => {
    const folder = await mkdtemp(join(tmpdir(), "orders-env-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "env");
    const settings = { MYSQL_URL: "mysql://u:p$(x)@h:1/d?ssl={}", PORT_HTTP: "3000", GATEWAY_ADDR: "127.0.0.1:50051" };
    writeEnvFile(path, settings);
    expect(readEnvFile(path)).toEqual(settings);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, "utf8")).toContain("\nPORT_HTTP=3000\n");
  });
});
