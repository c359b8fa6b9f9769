import { existsSync } from "node:fs";
import { join } from "node:path";
import { machineArchive } from "./apt.ts";
import { unpacked } from "./unpacked.ts";

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
  const names = ["mysql-server-core", "redis-server"];
  await unpacked(folder, { archive: { ...archive, suite: "sid" }, names, size: "70 MB" }, report);
  return result;
}
