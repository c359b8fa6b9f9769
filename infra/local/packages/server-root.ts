import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { StartFailure } from "../failure.ts";
import { isAlive } from "../process/identity.ts";
import { lastLines, run } from "../process/run.ts";
import { downloadPackages, machineArchive } from "./apt.ts";

/** A folder into which Debian packages are unpacked, with what is needed to run its programs on any Linux. */
export interface ServerRoot {
  folder: string;
  /** The root's own dynamic loader: the machine's C library may be older than the packages'. */
  loader: string;
  libraryPath: string;
}

/** Loader and library folder by Node's name of the processor. */
const platforms: Readonly<Record<string, { loader: string; triplet: string }>> = {
  x64: { loader: "usr/lib64/ld-linux-x86-64.so.2", triplet: "x86_64-linux-gnu" },
  arm64: { loader: "usr/lib/ld-linux-aarch64.so.1", triplet: "aarch64-linux-gnu" },
};

const packageNames = ["mysql-server-core", "redis-server"];
const underway = new Map<string, Promise<ServerRoot>>();

/**
 * The folder in the cache that holds MySQL and Redis from Debian's sid, downloaded and unpacked when absent; undefined
 * where that is not possible (no Debian, no apt, another processor). Nothing outside `cacheDir` is changed.
 */
export async function serverRoot(cacheDir: string, report: (line: string) => void): Promise<ServerRoot | undefined> {
  const platform = platforms[process.arch];
  if (process.platform !== "linux" || platform === undefined) {
    return undefined;
  }
  const folder = join(cacheDir, `servers-debian-sid-${process.arch}`);
  const result: ServerRoot = {
    folder,
    loader: join(folder, platform.loader),
    libraryPath: ["", "/mysql/private"].map((part) => join(folder, "usr/lib", platform.triplet + part)).join(":"),
  };
  if (existsSync(folder)) {
    return result;
  }
  const archive = await machineArchive();
  if (archive === undefined) {
    return undefined;
  }
  // MySQL and Redis are provided at the same time by one process: both wait for the same download.
  const download = underway.get(folder) ?? fetchInto(folder, archive, report).then(() => result);
  underway.set(folder, download);
  try {
    return await download;
  } finally {
    underway.delete(folder);
  }
}

type Archive = NonNullable<Awaited<ReturnType<typeof machineArchive>>>;

async function fetchInto(folder: string, archive: Archive, report: (line: string) => void): Promise<void> {
  await removeAbandoned(folder);
  await mkdir(join(folder, ".."), { recursive: true });
  const work = await mkdtemp(`${folder}.${process.pid}-`);
  try {
    report(`downloading ${packageNames.join(" and ")} as Debian packages (about 70 MB, once)`);
    const packages = await downloadPackages(archive, packageNames, join(work, "apt"));
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
  const prefix = `${folder.slice(parent.length + 1)}.`;
  for (const name of await readdir(parent).catch(() => [])) {
    const owner = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (Number.isInteger(owner) && !isAlive(owner)) {
      // A download that outlived its process may still be writing there: then it is left for a later start.
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
    }
  }
}
