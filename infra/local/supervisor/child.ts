import { spawn } from "node:child_process";
import { messageOf } from "../failure.ts";
import { killGroup } from "../process/end.ts";
import { withLogFile } from "../process/log-file.ts";
import type { Launch } from "../program.ts";

/** One run of a component: a process, its end, and a signal that fires then. */
export interface Child {
  /** Undefined when the process could not be started. */
  pid: number | undefined;
  /** Resolves at its end with how it ended, for people: "exited with code 1". Never rejects. */
  ended: Promise<string>;
  gone: AbortSignal;
}

/** Starts a process whose output goes to the log, in a process group of its own: a terminal's Ctrl-C is not for it. */
export function startChild(
  launch: Launch,
  options: { logFile: string; cwd: string; env: Record<string, string> },
): Child {
  const { logFile, cwd, env } = options;
  const child = withLogFile(logFile, (log) =>
    spawn(launch.command, launch.args, { stdio: ["ignore", log, log], cwd, env, detached: true }),
  );
  const gone = new AbortController();
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`could not be started (${messageOf(error)})`));
    child.once("exit", (code, signal) => {
      resolve(signal === null ? `exited with code ${code}` : `was killed by ${signal}`);
    });
  }).then((how) => {
    if (child.pid !== undefined) {
      // Whatever it had started itself must not outlive it and hold its port.
      killGroup(child.pid);
    }
    gone.abort(new Error(how));
    return how;
  });
  return { pid: child.pid, ended, gone: gone.signal };
}
