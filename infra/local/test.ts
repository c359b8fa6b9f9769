/** `npm test`: every test on one real MySQL and one real Redis. `npm test -- <files>` runs only those of TypeScript. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { readLocalConfig } from "./config.ts";
import { StartFailure } from "./failure.ts";
import { atEnd, endSignals } from "./process/at-end.ts";
import { endGroup, killGroup } from "./process/end.ts";
import { findExecutable } from "./process/run.ts";
import { findGo } from "./steps/go.ts";
import { startTestServers, type TestServers } from "./test-servers.ts";

/** How long tests that are interrupted may take to stop what they have started, in milliseconds. */
const graceMs = 20_000;

const config = readLocalConfig();
const words = process.argv.slice(2);
/** Fuzzing needs Python and has a command of its own. */
const selected =
  words.length === 0 ? ["parts", "browser", "system", "alone"].flatMap((name) => ["--project", name]) : words;
const report = (line: string) => process.stdout.write(`${line}\n`);
/** Ends the tests that are running. */
let endTests: (() => Promise<unknown>) | undefined;
let isInterrupted = false;

for (const signal of endSignals) {
  process.on(signal, () => {
    isInterrupted = true;
    process.exitCode = 128 + constants.signals[signal];
    // With no tests to wait for, the end of this process ends what it was starting or stopping.
    if (endTests === undefined) process.exit();
    endTests();
  });
}
// A terminal that was closed must not end this process before it has stopped the servers.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

try {
  const code = await run();
  process.exitCode ??= code;
} catch (error) {
  const text = error instanceof StartFailure ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode ??= 1;
}

async function run(): Promise<number> {
  const go = words.length === 0 ? await findGo(config.searchPath) : undefined;
  const servers = await startTestServers(config, report);
  try {
    const env = await environment(servers);
    const vitest = join(config.root, "node_modules/vitest/vitest.mjs");
    const typescript = await codeOf(process.execPath, [vitest, "run", ...selected], config.root, env);
    if (go === undefined || isInterrupted) return typescript;
    const worker = await codeOf(go, await goArguments(), join(config.root, "worker-go"), env);
    return typescript || worker;
  } finally {
    await servers.stop();
  }
}

/** The user's own servers are none of the tests' business, and what tests leave in temporary folders goes with ours. */
async function environment(servers: TestServers): Promise<Record<string, string>> {
  const { MYSQL_URL: _, MYSQL_HANDLERS_URL: __, MYSQL_GATEWAY_URL: ___, ...others } = config.environment;
  const { REDIS_URL: ____, ...inherited } = others;
  const temporary = join(servers.folder, "tmp");
  await mkdir(temporary);
  return {
    ...inherited,
    PATH: [dirname(process.execPath), inherited.PATH].join(delimiter),
    TMPDIR: temporary,
    TEST_MYSQL_URL: servers.mysqlUrl,
    TEST_REDIS_URL: servers.redisUrl,
  };
}

/** Go's race detector needs a C compiler. */
async function goArguments(): Promise<string[]> {
  const compilers = await Promise.all(["gcc", "clang", "cc"].map((name) => findExecutable(name, config.searchPath)));
  if (compilers.some((compiler) => compiler !== undefined)) return ["test", "-race", "./..."];
  report("No C compiler was found: the worker's tests run without the race detector.");
  return ["test", "./..."];
}

/** Runs tests as a process group of their own, which ends as a whole: after them, or when they are interrupted. */
async function codeOf(command: string, args: string[], cwd: string, env: Record<string, string>): Promise<number> {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "inherit", "inherit"], detached: true });
  const ended = once(child, "close");
  const end = async () => child.pid && endGroup(child.pid, graceMs);
  const forget = atEnd(() => child.pid && killGroup(child.pid));
  endTests = end;
  const [code] = await ended;
  await end();
  endTests = undefined;
  forget();
  return typeof code === "number" ? code : 1;
}
