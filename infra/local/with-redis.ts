/** `node infra/local/with-redis.ts <command> [argument…]`: runs a command with a Redis of its own, `TEST_REDIS_URL`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { readLocalConfig } from "./config.ts";
import { StartFailure } from "./failure.ts";
import { atEnd, endSignals } from "./process/at-end.ts";
import { endGroup, killGroup } from "./process/end.ts";
import { startRedis } from "./redis/start.ts";

/** How long a command that is interrupted may take to end, in milliseconds. */
const graceMs = 10_000;

const config = readLocalConfig();
const [command, ...words] = process.argv.slice(2);
/** Ends the command that is running. */
let endCommand = (): void => process.exit();

for (const signal of endSignals) {
  process.on(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    endCommand();
  });
}

try {
  if (command === undefined) throw new StartFailure("with-redis: expected a command, which is to have a Redis");
  const code = await run(command, words);
  process.exitCode ??= code;
} catch (error) {
  const text = error instanceof StartFailure ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode ??= 1;
}

async function run(command: string, args: string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "orders-redis-"));
  const forget = atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  const redis = await startRedis({ dataDir: join(folder, "redis"), logFile: join(folder, "redis.log"), config });
  try {
    return await codeOf(command, args, redis.url);
  } finally {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    forget();
  }
}

/** Runs the command as a process group of its own, which ends as a whole. */
async function codeOf(command: string, args: string[], redisUrl: string): Promise<number> {
  const env = { ...config.environment, TEST_REDIS_URL: redisUrl };
  const child = spawn(command, args, { env, stdio: ["ignore", "inherit", "inherit"], detached: true });
  const { pid } = child;
  const end = async () => pid && endGroup(pid, graceMs);
  const forget = atEnd(() => pid && killGroup(pid));
  endCommand = () => void end();
  try {
    const [code] = await once(child, "close");
    return typeof code === "number" ? code : 1;
  } finally {
    await end();
    forget();
  }
}
