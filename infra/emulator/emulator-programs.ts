import { join } from "node:path";
import type { LocalConfig } from "../local/config.ts";
import { pythonPrograms } from "../local/packages/python.ts";

/** Provides the emulator; returns the folder of its Python. Throws a StartFailure when Python is missing. */
export function provideEmulator({ cacheDir }: LocalConfig): Promise<string> {
  return pythonPrograms(cacheDir, join(import.meta.dirname, "requirements.txt"), "The local AWS emulator");
}
