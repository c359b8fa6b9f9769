import { spawn } from "node:child_process";
import { atEnd } from "./process/at-end.ts";
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

/**
 * Starts a server and waits until `ready` returns without throwing. It ends with this process at the latest, and with
 * its process group.
 */
export async function startServer(
  launch: Launch,
  options: { name: string; url: string; logFile: string; ready: () => Promise<unknown>; graceMs: number },
): Promise<Server> {
  await launch.clear?.();
  const child = withLogFile(options.logFile, (log) =>
    spawn(launch.command, launch.args, { stdio: ["ignore", log, log] }),
  );
  const kill = (): void => {
    launch.kill?.();
    child.kill("SIGKILL");
  };
  // Nobody is left to wait for it, and a mysqld whose files are removed while it ends may never end.
  const forget = atEnd(kill);
  const gone = new AbortController();
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => gone.abort(error));
    child.once("exit", (code, signal) => {
      forget();
      gone.abort(new Error(`${options.name} ended (${signal ?? `exit code ${code}`})`));
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const force = setTimeout(kill, options.graceMs);
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
