import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readEnvFile } from "../local/env-file.ts";
import { messageOf, StartFailure } from "../local/failure.ts";
import { until } from "../local/process/wait.ts";
import { openStateDir, type StateDir } from "../local/state-dir.ts";
import { lockHolder, takeLock } from "../local/supervisor/lock.ts";

/** Where things lie in the local stack's state folder. */
export interface StackDir extends StateDir {
  /** The folder itself. */
  folder: string;
  /** Held by whoever deploys or removes. */
  deployLock: string;
  /** Present while everything is up. */
  ready: string;
  /** The artifacts of the last deployment that succeeded. */
  deployed: string;
  /** What the emulator unpacks; emptied at each of its starts. */
  emulated: string;
}

/** The layout of the local stack's state folder; creates its folders. */
export function openStackDir(folder: string): StackDir {
  const state = openStateDir(folder);
  return {
    ...state,
    folder,
    deployLock: join(state.run, "deploy.lock"),
    ready: join(state.run, "ready"),
    deployed: join(folder, "deployed"),
    emulated: join(folder, "emulated"),
  };
}

/**
 * The settings of the stack that runs in the folder; undefined when none does. Waits for one that is being started or
 * stopped; throws a StartFailure when that does not end.
 */
export async function runningSettings(stack: StackDir): Promise<Record<string, string> | undefined> {
  const look = () => {
    const supervisor = lockHolder(stack.lock);
    if (supervisor === undefined) return undefined;
    if (!existsSync(stack.ready))
      throw new Error(`it is process ${supervisor}, and its log is ${supervisorLog(stack)}`);
    return readEnvFile(stack.envFile);
  };
  return until(look, { timeoutMs: 90_000, what: "The local stack's start or stop did not end" }).catch(explain);
}

/** The log of the process that keeps the stack's processes running. */
export function supervisorLog(stack: StackDir): string {
  return stack.log("supervisor");
}

/** Waits until nobody else deploys or removes here; returns the function that lets the next one do so. */
export async function takeTurn(stack: StackDir, report: (line: string) => void): Promise<() => void> {
  const take = () => takeLock(stack.deployLock, (holder) => `process ${holder} has it`);
  try {
    return take();
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    report(`another deployment or removal is under way here (${error.message}): waiting for its end`);
  }
  return until(take, { timeoutMs: 300_000, what: "The other deployment or removal did not end" }).catch(explain);
}

/** What a person can act on, instead of a stack trace. */
function explain(error: unknown): never {
  throw new StartFailure(messageOf(error), { cause: error });
}

/** Removes what only a stack that is running has. */
export function forgetDeployment(stack: StackDir): void {
  for (const path of [stack.ready, stack.deployed]) rmSync(path, { recursive: true, force: true });
}
