import type { LocalConfig } from "../config.ts";
import { messageOf, StartFailure } from "../failure.ts";
import { serverRoot } from "../packages/server-root.ts";
import { findExecutable, run } from "../process/run.ts";
import { findDocker, type Program } from "../program.ts";
import { redisInfo } from "./probe.ts";
import { whyUnsupportedRedis } from "./version.ts";

/** A Redis to use: one that runs elsewhere, or a program to run. */
export type RedisSource = { kind: "url"; url: string } | Program;

/** Finds Redis: `REDIS_URL`, or else a program to run. Throws a StartFailure when there is no way. */
export async function findRedis(config: LocalConfig, report: (line: string) => void): Promise<RedisSource> {
  if (config.redisUrl === undefined) {
    return findRedisProgram(config, report);
  }
  await checkRedisUrl(config.redisUrl);
  return { kind: "url", url: config.redisUrl };
}

/**
 * Finds a Redis to run: `redis-server` or `valkey-server` on PATH, Docker, Debian packages. Throws a StartFailure when
 * there is no way.
 */
export async function findRedisProgram(config: LocalConfig, report: (line: string) => void): Promise<Program> {
  const binary = await redisOnPath(config.searchPath, report);
  if (binary !== undefined) {
    return { kind: "binary", path: binary };
  }
  const docker = await findDocker(await findExecutable("docker", config.searchPath));
  if (docker !== undefined) {
    return { kind: "docker", docker, image: config.redisImage, entrypoint: "redis-server" };
  }
  const root = await serverRoot(config.cacheDir, report);
  if (root !== undefined) {
    return { kind: "packages", root, path: "usr/bin/redis-server" };
  }
  throw new StartFailure(
    "No Redis found. Any of these will do:\n" +
      "  set REDIS_URL=redis://host:port of a Redis 6.2 or later (npm start only)\n" +
      "  install Redis or Valkey so that redis-server or valkey-server is on PATH\n" +
      "  start Docker\n" +
      "  use Debian with apt-get, where it is downloaded without touching the system",
  );
}

/** Throws a StartFailure unless a supported Redis answers at the URL. */
export async function checkRedisUrl(url: string): Promise<void> {
  const host = new URL(url).host;
  let info: string;
  try {
    info = await redisInfo(url, 5_000);
  } catch (error) {
    throw new StartFailure(`REDIS_URL: no Redis answers at ${host}: ${messageOf(error)}`);
  }
  const objection = whyUnsupportedRedis(info);
  if (objection !== undefined) {
    throw new StartFailure(`REDIS_URL: the server at ${host} is not supported: ${objection}`);
  }
}

async function redisOnPath(searchPath: string[], report: (line: string) => void): Promise<string | undefined> {
  for (const name of ["redis-server", "valkey-server"]) {
    const path = await findExecutable(name, searchPath);
    if (path === undefined) {
      continue;
    }
    const { stdout } = await run(path, ["--version"], { timeoutMs: 10_000 });
    // Every Valkey is newer than what is needed: it was forked from Redis 7.2.
    const objection = name === "valkey-server" ? undefined : whyUnsupportedRedis(stdout);
    if (objection === undefined) {
      return path;
    }
    report(`${path} is passed over: ${objection}`);
  }
  return undefined;
}
