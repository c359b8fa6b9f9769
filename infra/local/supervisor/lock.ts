import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { StartFailure } from "../failure.ts";
import { startTimeOf } from "../process/identity.ts";

/** Says what to do when another process has the state folder. */
function folderTaken(holder: number): string {
  return `Already running here as process ${holder}. Stop that one first (kill ${holder}), or set ORDERS_STATE_DIR to another folder.`;
}

/**
 * Takes the state folder, or whatever else the lock stands for, for this process; returns the function that gives it
 * back. Throws a StartFailure with the refusal when another process that still lives has it. The lock of a dead process
 * is taken over.
 */
export function takeLock(path: string, refusal: (holder: number) => string = folderTaken): () => void {
  mkdirSync(dirname(path), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    while (!linked(draft, path)) {
      const found = contentOf(path);
      const holder = found === undefined ? undefined : livingHolder(found);
      if (holder !== undefined) {
        throw new StartFailure(refusal(holder));
      }
      if (found !== undefined) {
        takeAway(path, found);
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (contentOf(path) === mine) {
      rmSync(path, { force: true });
    }
  };
}

/** The living process that holds a lock. */
export function lockHolder(path: string): number | undefined {
  const found = contentOf(path);
  return found === undefined ? undefined : livingHolder(found);
}

/** A link appears with its content or not at all, and never replaces another. */
function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      return false;
    }
    throw error;
  }
}

/** Moves a dead process's lock away. If a third process took it over meanwhile, its lock is put back. */
function takeAway(path: string, expected: string): void {
  const aside = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return; // Somebody else moved it away.
    }
    throw error;
  }
  if (contentOf(aside) !== expected) {
    linked(aside, path);
  }
  rmSync(aside, { force: true });
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function livingHolder(content: string): number | undefined {
  try {
    const { pid, startTime } = JSON.parse(content) as { pid: number; startTime: string };
    return startTimeOf(pid) === startTime ? pid : undefined;
  } catch {
    return undefined; // Not ours or damaged: it protects nobody.
  }
}
