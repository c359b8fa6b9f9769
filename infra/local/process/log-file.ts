import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { lastLines } from "./run.ts";

/** Opens a log for appending and hands its descriptor to `use`, which gives it to a child. */
export function withLogFile<T>(path: string, use: (descriptor: number) => T): T {
  mkdirSync(dirname(path), { recursive: true });
  const descriptor = openSync(path, "a", 0o600);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Puts a log aside as `<path>.1`, replacing the one before: one previous run is kept. */
export function rotateLog(path: string): void {
  if (existsSync(path)) {
    renameSync(path, `${path}.1`);
  }
}

/** The last lines of a log, for messages; empty when there is none. */
export function logTail(path: string, count = 15): string {
  return existsSync(path) ? lastLines(readFileSync(path, "utf8"), count) : "";
}
