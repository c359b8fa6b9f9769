import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { StartFailure } from "../failure.ts";
import { lastLines } from "../process/run.ts";

const run = promisify(execFile);

/**
 * A virtual environment with the packages of a requirements.txt, made once in the cache folder.
 *
 * @param purpose who needs it, for the message when Python is missing
 * @returns its folder of programs
 * @throws Python is missing or too old, or a package cannot be had
 */
export async function pythonPrograms(cacheDir: string, requirements: string, purpose: string): Promise<string> {
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
      throw new StartFailure(`${purpose} needs Python 3.10 or later with venv: install python3 and python3-venv.`, {
        cause,
      });
    });
    // Called as a module: the programs in a virtual environment name its folder, and this one is about to move.
    const install = ["-m", "pip", "install", "--quiet", "--requirement", requirements];
    await run(join(unfinished, "bin/python3"), install).catch((cause: { stderr?: string }) => {
      const complaint = lastLines(cause.stderr || String(cause), 10);
      throw new StartFailure(`${purpose} needs Python packages that pip could not install:\n${complaint}`, { cause });
    });
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return join(folder, "bin");
}
