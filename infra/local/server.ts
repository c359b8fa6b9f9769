import { spawn } from "node:child_process";
import { logTail, withLogFile } from "./process/log-file.ts";
import { until } from "./process/wait.ts";
import type { Launch } from "./program.ts";

/** A running server that the caller must stop. */
export interface Server {
  url: string;
  /** The serving process; undefined when the server runs elsewhere and was only given by its URL. */
  pid: number | undefined;
  logFile: string | undefined;
  /** Ends the server and waits until it is gone; does nothing for one that runs elsewhere. */
  stop(): Promise<void>;
}

/** Starts a server and waits until `ready` returns without throwing. It dies with this process at the latest. */
export async function startServer(
  launch: Launch,
  options: { name: string; url: string; logFile: string; ready: () => Promise<unknown>; graceMs: number },
): Promise<Server> {
  await launch.clear?.();
  const child = withLogFile(options.logFile, (log) =>
    // A group of its own: a terminal's Ctrl-C is for the tests, which then stop the server in order.
    spawn(launch.command, launch.args, { stdio: ["ignore", log, log], detached: true }),
  );
  const kill = (): boolean => child.kill("SIGTERM");
  process.once("exit", kill);
  const gone = new AbortController();
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => gone.abort(error));
    child.once("exit", (code, signal) => {
      process.removeListener("exit", kill);
      gone.abort(new Error(`${options.name} ended (${signal ?? `exit code ${code}`})`));
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    kill();
    const force = setTimeout(() => child.kill("SIGKILL"), options.graceMs);
    await ended;
    clearTimeout(force);
    await launch.clear?.();
  };
  try {
    const what = `${options.name} did not become ready`;
    await until(options.ready, { timeoutMs: 60_000, signal: gone.signal, what });
  } catch (error) {
    if (child.pid !== undefined) {
      await stop();
    }
    throw new Error(`${String(error)}\nIts log, ${options.logFile}, ends with:\n${logTail(options.logFile)}`, {
      cause: error,
    });
  }
  return { url: options.url, pid: (await launch.servingPid?.()) ?? child.pid, logFile: options.logFile, stop };
}
