import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { StartFailure } from "../failure.ts";
import { isAlive } from "../process/identity.ts";
import { lastLines, run } from "../process/run.ts";
import { downloadPackages } from "./apt.ts";
import type { AptSource } from "./apt-sources.ts";

/** Debian packages that are to be unpacked together. */
export interface Unpacking {
  archive: AptSource;
  names: string[];
  /** About how much is downloaded. */
  size: string;
  /** Packages that come along with those and are not wanted, by their files' names. */
  leftOut?: RegExp;
}

const underway = new Map<string, Promise<void>>();

/**
 * Unpacks packages with everything that they depend on into a folder, unless it is there already. Nothing outside of
 * the folder's parent is changed.
 */
export async function unpacked(folder: string, unpacking: Unpacking, report: (line: string) => void): Promise<void> {
  if (existsSync(folder)) return;
  // MySQL and Redis are provided at the same time by one process: both wait for the same download.
  const download = underway.get(folder) ?? fetchInto(folder, unpacking, report);
  underway.set(folder, download);
  try {
    await download;
  } finally {
    underway.delete(folder);
  }
}

async function fetchInto(folder: string, unpacking: Unpacking, report: (line: string) => void): Promise<void> {
  const { archive, names, size, leftOut } = unpacking;
  await removeAbandoned(folder);
  await mkdir(join(folder, ".."), { recursive: true });
  const work = await mkdtemp(`${folder}.${process.pid}-`);
  try {
    report(`downloading ${names.join(" and ")} as Debian packages (about ${size}, once)`);
    const downloaded = await downloadPackages(archive, names, join(work, "apt"));
    const packages = downloaded.filter((path) => leftOut?.test(basename(path)) !== true);
    report(`unpacking ${packages.length} packages`);
    const root = join(work, "root");
    for (const path of packages) {
      const { code, stderr } = await run("dpkg-deb", ["-x", path, root]);
      if (code !== 0) {
        throw new StartFailure(`dpkg-deb -x ${path} failed:\n${lastLines(stderr, 5)}`);
      }
    }
    await renameUnlessThere(root, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A rename onto a full folder fails: then another process was first, and its result is as good. */
async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!existsSync(to)) {
      throw error;
    }
  }
}

/** Removes the work folders of downloads whose process is gone. */
async function removeAbandoned(folder: string): Promise<void> {
  const parent = join(folder, "..");
  const prefix = `${basename(folder)}.`;
  for (const name of await readdir(parent).catch(() => [])) {
    const owner = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (Number.isInteger(owner) && !isAlive(owner)) {
      // A download that outlived its process may still be writing there: then it is left for a later start.
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
    }
  }
}
