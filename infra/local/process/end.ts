import { setTimeout as delay } from "node:timers/promises";

/** Sends a signal to a process; a process that is gone already is fine. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) {
      throw error;
    }
  }
}

/** Kills what is left of the process group that `pid` led. */
export function killGroup(pid: number): void {
  signalProcess(-pid, "SIGKILL");
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
