import { resolve } from "node:path";
import { messageOf } from "../infra/local/failure.ts";
import { type Ground, prepareGround } from "./ground.ts";

/** The project's folder. */
export const root = resolve(import.meta.dirname, "..");

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * Prepares the ground, does a program's work on it, and takes it away again. Never throws: what fails is told, and ends
 * the process with 2.
 *
 * @param name of the program, as npm knows it
 * @param folder of its data and logs, from the project's on
 */
export async function onGround(name: string, folder: string, work: (ground: Ground) => Promise<void>): Promise<void> {
  try {
    const ground = await prepareGround(resolve(root, folder), print);
    try {
      await work(ground);
    } finally {
      await ground.stop();
    }
  } catch (error) {
    process.stderr.write(`${name}: ${messageOf(error)}\n`);
    if (error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = 2;
  }
}
