import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ArchiveStore } from "./store.ts";

/** Keeps files in a folder of this machine, made when it is missing. */
export function folderStore(folder: string): ArchiveStore {
  return {
    put: async ({ name, bytes }) => {
      const path = join(folder, name);
      const made = await mkdir(dirname(path), { recursive: true });
      await write(`${path}.new`, bytes);
      await rename(`${path}.new`, path);
      // A file survives a power cut when the folders do that name it: from its own up to the first that was there before.
      const top = made === undefined ? dirname(path) : dirname(made);
      for (let at = dirname(path); ; at = dirname(at)) {
        await sync(at);
        if (at === top) break;
      }
      return pathToFileURL(path).href;
    },
  };
}

async function write(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
