import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../failure.ts";
import { atEnd } from "./at-end.ts";
import { killGroup } from "./end.ts";

/** What a finished command said. */
export interface Finished {
  /** Exit code; undefined when a signal or the time limit ended it, or it could not be started. */
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** What is running now: process ids, each leading a group of its own, and their ends. */
const running = new Map<number, Promise<Finished>>();

// Whoever ends this process, an uncaught error included, also ends what it was running.
atEnd(() => [...running.keys()].forEach(killGroup));

/** Ends all that is running. With SIGKILL: a mysqld that creates its files and a compiler do not heed SIGTERM. */
export async function endRunning(): Promise<void> {
  const ends = [...running.values()];
  [...running.keys()].forEach(killGroup);
  await Promise.all(ends);
}

/** Runs a command to its end; never throws for a failing one. `timeoutMs` ends it with SIGKILL. */
export function run(
  command: string,
  args: string[],
  options: { timeoutMs?: number; env?: Record<string, string>; cwd?: string } = {},
): Promise<Finished> {
  const { timeoutMs, ...where } = options;
  const child = spawn(command, args, { ...where, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const { pid } = child;
  const limit = timeoutMs === undefined || pid === undefined ? undefined : setTimeout(() => killGroup(pid), timeoutMs);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const end = new Promise<Finished>((resolve) => {
    const finish = (code: number | undefined, complaint = ""): void => {
      clearTimeout(limit);
      if (pid !== undefined) {
        running.delete(pid);
      }
      resolve({ code, stdout: String(Buffer.concat(stdout)), stderr: String(Buffer.concat(stderr)) + complaint });
    };
    child.once("error", (error) => finish(undefined, messageOf(error)));
    child.once("close", (code) => finish(code ?? undefined));
  });
  if (pid !== undefined) {
    running.set(pid, end);
  }
  return end;
}

/** The full path of the first executable file of this name in the folders, in their order. */
export async function findExecutable(name: string, folders: string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const candidate = join(folder, name);
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here: look in the next folder.
    }
  }
  return undefined;
}

/** The last lines of a text, for messages. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
