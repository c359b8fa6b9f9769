import { describe, expect, it } from "vitest";
import { versionOf } from "./mysql/find.ts";
import { whyUnsupportedRedis } from "./redis/version.ts";
import { isNewEnough } from "./steps/go.ts";

describe("versionOf", () => {
  it.each([
    ["mysqld  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)", "8.0.36"],
    ["/usr/sbin/mysqld  Ver 8.0.45-0ubuntu0.24.04.1 for Linux on x86_64 ((Ubuntu))", "8.0.45-0ubuntu0.24.04.1"],
    ["mysqld  Ver 8.0.36-28 for Linux on x86_64 (Percona Server (GPL), Release 28)", "8.0.36-28"],
    ["mysqld  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)", "10.11.6-MariaDB-0+deb12u1"],
    ["command not found\n", "command not found"],
  ])("finds in %j the version", (printed, version) => {
    expect(versionOf(printed)).toBe(version);
  });
});

describe("whyUnsupportedRedis", () => {
  it.each([
    "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=d81b9b1d3bc7a8a7",
    "Redis server v=6.2.0 sha=00000000:0 malloc=libc bits=64 build=0",
    "# Server\r\nredis_version:8.0.6\r\nredis_mode:standalone\r\n",
    "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.0.0\r\n",
  ])("accepts %j", (text) => {
    expect(whyUnsupportedRedis(text)).toBeUndefined();
  });

  it.each(["Redis server v=6.0.16 sha=0", "redis_version:5.0.14", "no version"])("refuses %s", (text) => {
    expect(whyUnsupportedRedis(text)).toBeDefined();
  });
});

describe("isNewEnough", () => {
  it.each(["go version go1.25 linux/amd64", "go version go1.26.1 darwin/arm64", "go version go2.0 linux/amd64"])(
    "accepts %s",
    (text) => {
      expect(isNewEnough(text)).toBe(true);
    },
  );

  it.each(["go version go1.24.9 linux/amd64", "go version go1.9 linux/amd64", ""])("refuses %j", (text) => {
    expect(isNewEnough(text)).toBe(false);
  });
});
