import { setTimeout as delay } from "node:timers/promises";
import { until } from "./wait.ts";

/** Sends a signal to a process, 0 to none but asking; answers whether there is such a process. */
function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) {
      throw error;
    }
    return false;
  }
}

/** Kills what is left of the process group that `pid` led. */
export function killGroup(pid: number): void {
  signalProcess(-pid, "SIGKILL");
}

/** Ends the process group that `pid` leads: SIGTERM, and SIGKILL to what is left of it after the grace (milliseconds). */
export async function endGroup(pid: number, graceMs: number): Promise<void> {
  signalProcess(-pid, "SIGTERM");
  const look = (): void => {
    if (signalProcess(-pid, 0)) {
      throw new Error("some of it are still there");
    }
  };
  await until(look, { timeoutMs: graceMs, what: `process group ${pid} did not end` }).catch(() => killGroup(pid));
}

/**
 * Ends a process: SIGTERM, and SIGKILL to its group when it is still there after the grace (milliseconds). Returns
 * whether it went by itself. A process that is frozen by SIGSTOP is woken, so that it can.
 */
export async function endProcess(pid: number, gone: Promise<unknown>, graceMs: number): Promise<boolean> {
  signalProcess(pid, "SIGTERM");
  signalProcess(pid, "SIGCONT");
  const timer = new AbortController();
  const late = delay(graceMs, true, { signal: timer.signal }).catch(() => false);
  const tooLate = await Promise.race([gone.then(() => false), late]);
  timer.abort();
  killGroup(pid);
  await gone;
  return !tooLate;
}
