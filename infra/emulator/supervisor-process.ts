import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { LocalConfig } from "../local/config.ts";
import { StartFailure, Stopped } from "../local/failure.ts";
import { endSignals } from "../local/process/at-end.ts";
import { logTail, rotateLog, withLogFile } from "../local/process/log-file.ts";
import { type StackDir, supervisorLog } from "./stack-dir.ts";

/** What the supervisor tells whoever started it. */
export type SupervisorMessage = { line: string } | { ready: true } | { failed: string };

/**
 * Starts the process that keeps the stack's processes running, and returns when they are healthy: it stays when this
 * process ends. A signal before that stops it, and rejects with Stopped; a failure rejects with a StartFailure.
 */
export async function startSupervisor(
  config: LocalConfig,
  stack: StackDir,
  report: (line: string) => void,
): Promise<void> {
  const log = supervisorLog(stack);
  rotateLog(log);
  const child = withLogFile(log, (output) =>
    spawn(process.execPath, [join(import.meta.dirname, "supervise.ts")], {
      ...{ cwd: config.root, env: config.environment, detached: true },
      stdio: ["ignore", output, output, "ipc"],
    }),
  );
  let isInterrupted = false;
  const onSignal = (): void => {
    isInterrupted = true;
    report("stopping");
    if (child.connected) child.disconnect();
  };
  for (const signal of endSignals) process.once(signal, onSignal);
  try {
    await start(child, log, report);
  } catch (error) {
    throw isInterrupted ? new Stopped("stopped") : error;
  } finally {
    for (const signal of endSignals) process.off(signal, onSignal);
  }
}

function start(child: ChildProcess, log: string, report: (line: string) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let failure: string | undefined;
  child.on("message", (message: SupervisorMessage) => {
    if ("line" in message) report(message.line);
    else if ("failed" in message) failure = message.failed;
    else {
      child.disconnect();
      child.unref();
      resolve();
    }
  });
  child.once("error", reject);
  // Only when it has ended has it stopped what it had started.
  child.once("exit", () => reject(new StartFailure(failure ?? `The supervisor ended:\n${logTail(log)}`)));
  return promise;
}
