/** `npm test`: every test on one real MySQL and one real Redis. `npm test -- <files>` runs only those of TypeScript. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { readLocalConfig } from "./config.ts";
import { StartFailure } from "./failure.ts";
import { startMysql } from "./mysql/start.ts";
import { findExecutable } from "./process/run.ts";
import { startRedis } from "./redis/start.ts";
import { findGo } from "./steps/go.ts";

const config = readLocalConfig();
const words = process.argv.slice(2);

try {
  process.exitCode = await run();
} catch (error) {
  const text = error instanceof StartFailure ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

async function run(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "orders-test-"));
  const report = (line: string) => process.stdout.write(`${line}\n`);
  const go = words.length === 0 ? await findGo(config.searchPath) : undefined;
  const [mysql, redis] = await Promise.all([
    startMysql({ dataDir: join(folder, "mysql"), logFile: join(folder, "mysql.log"), config, report }),
    startRedis({ dataDir: join(folder, "redis"), logFile: join(folder, "redis.log"), config, report }),
  ]);
  try {
    const env = { ...config.environment, MYSQL_URL: mysql.url, REDIS_URL: redis.url };
    const vitest = join(config.root, "node_modules/vitest/vitest.mjs");
    const typescript = await codeOf(process.execPath, [vitest, "run", ...words], config.root, env);
    if (go === undefined) return typescript;
    const worker = await codeOf(go, await goArguments(report), join(config.root, "worker-go"), env);
    return typescript || worker;
  } finally {
    await Promise.all([mysql.stop(), redis.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Go's race detector needs a C compiler. */
async function goArguments(report: (line: string) => void): Promise<string[]> {
  const compilers = await Promise.all(["gcc", "clang", "cc"].map((name) => findExecutable(name, config.searchPath)));
  if (compilers.some((compiler) => compiler !== undefined)) return ["test", "-race", "./..."];
  report("No C compiler was found: the worker's tests run without the race detector.");
  return ["test", "./..."];
}

async function codeOf(command: string, args: string[], cwd: string, env: Record<string, string>): Promise<number> {
  const path = [dirname(process.execPath), env.PATH].join(delimiter);
  const child = spawn(command, args, { cwd, env: { ...env, PATH: path }, stdio: "inherit" });
  const [code] = await once(child, "close");
  return typeof code === "number" ? code : 1;
}
