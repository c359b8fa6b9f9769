/**
 * `npm run remove:local`: removes the stack from the local emulator and stops everything that `npm run deploy:local`
 * left running. The orders stay in MySQL's data files, unless `--data` is given.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LocalConfig } from "../local/config.ts";
import type { Terminal } from "../local/console/terminal.ts";
import { messageOf, StartFailure } from "../local/failure.ts";
import { isAlive } from "../local/process/identity.ts";
import { until } from "../local/process/wait.ts";
import { lockHolder, takeLock } from "../local/supervisor/lock.ts";
import { Supervisor } from "../local/supervisor/supervisor.ts";
import { runCommand } from "./command.ts";
import { readEmulatorConfig } from "./config.ts";
import { removeStack } from "./serverless.ts";
import {
  forgetDeployment,
  openStackDir,
  runningSettings,
  type StackDir,
  supervisorLog,
  takeTurn,
} from "./stack-dir.ts";

/** How long everything may take to stop, in milliseconds: more than the graces of all components together. */
const stopTimeoutMs = 150_000;

await runCommand(async (terminal) => {
  const words = process.argv.slice(2);
  if (words.some((word) => word !== "--data")) {
    throw new StartFailure("Usage: npm run remove:local [-- --data]. With --data the orders are deleted as well.");
  }
  const withData = words.length > 0;
  const { local: config } = readEmulatorConfig();
  if (!existsSync(config.stateDir)) {
    terminal.line("nothing is deployed here");
    return;
  }
  const stack = openStackDir(config.stateDir);
  const release = await takeTurn(stack, terminal.line);
  try {
    await remove(config, stack, terminal);
    if (withData) rmSync(stack.folder, { recursive: true, force: true, maxRetries: 10 });
  } finally {
    release();
  }
  if (withData) terminal.line("the orders are deleted");
  else if (existsSync(join(stack.data, "mysql"))) {
    terminal.line(`the orders are kept in ${stack.data}: npm run remove:local -- --data deletes them`);
  }
});

async function remove(config: LocalConfig, stack: StackDir, terminal: Terminal): Promise<void> {
  const settings = await runningSettings(stack);
  if (settings !== undefined) {
    const removal = terminal.step("remove", () => removeStack({ config, stack, settings }));
    // Whatever the stack was lives in the emulator's memory, which ends now.
    await removal.catch((error: unknown) => terminal.line(`${messageOf(error)}\nit goes with the emulator`));
    await terminal.step("stop", () => stopSupervisor(stack));
  } else if (await stopLeftovers(stack, terminal)) {
    terminal.line("stopped what was left running");
  } else {
    terminal.line("nothing is running here");
  }
  forgetDeployment(stack);
}

async function stopSupervisor(stack: StackDir): Promise<void> {
  const supervisor = lockHolder(stack.lock);
  if (supervisor === undefined) return;
  process.kill(supervisor, "SIGTERM");
  const look = () => {
    if (isAlive(supervisor)) throw new Error(`process ${supervisor} is still there`);
  };
  const options = { timeoutMs: stopTimeoutMs, what: "The local stack did not stop" };
  await until(look, options).catch((error: unknown) => {
    throw new StartFailure(`${messageOf(error)}; its log is ${supervisorLog(stack)}`, { cause: error });
  });
}

/** Stops what a supervisor that was killed has left; answers whether there was anything. */
async function stopLeftovers(stack: StackDir, terminal: Terminal): Promise<boolean> {
  const release = takeLock(stack.lock);
  try {
    let found = false;
    const report = (line: string): void => {
      found = true;
      terminal.line(line);
    };
    const order = ["mysql", "redis", "gateway", "worker", "emulator"];
    await new Supervisor({ order, runDir: stack.run, report }).stopLeftovers();
    rmSync(stack.envFile, { force: true });
    return found;
  } finally {
    release();
  }
}
