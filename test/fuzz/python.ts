import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const requirements = join(import.meta.dirname, "requirements.txt");

/**
 * A virtual environment with the packages of requirements.txt, made once in the cache folder.
 *
 * @returns its folder of programs
 * @throws Python is missing or too old, or a package cannot be had
 */
export async function pythonPrograms(cacheDir: string): Promise<string> {
  const hash = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 16);
  const folder = join(cacheDir, `python-${hash}`);
  if (existsSync(folder)) return join(folder, "bin");
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(cacheDir, { recursive: true });
  try {
    await run("python3", ["-m", "venv", unfinished]).catch((cause: unknown) => {
      throw new Error("The fuzzer needs Python 3.10 or later with venv: install python3 and python3-venv.", { cause });
    });
    // Called as a module: the programs in a virtual environment name its folder, and this one is about to move.
    await run(join(unfinished, "bin/python3"), ["-m", "pip", "install", "--quiet", "--requirement", requirements]);
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return join(folder, "bin");
}
