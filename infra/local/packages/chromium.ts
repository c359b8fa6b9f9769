import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalConfig } from "../config.ts";
import { StartFailure } from "../failure.ts";
import { findExecutable } from "../process/run.ts";
import { machineArchive } from "./apt.ts";
import { unpacked } from "./unpacked.ts";

/** A browser to test the dashboard with. */
export interface Chromium {
  executablePath: string;
  /** What it needs in its environment. */
  env: Record<string, string>;
}

const programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const triplets: Readonly<Record<string, string>> = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };

/**
 * Drawing by the graphics card and its compiler, which a browser without a screen does by itself; and the C library,
 * which must be of a piece with the machine's loader.
 */
const leftOut = /^(libc6|libllvm[^_]*|libz3-4|libgl1-mesa-dri|mesa-[^_]*)_/;

/**
 * Finds Chromium on PATH, or unpacks that of the machine's own Debian release into the cache folder, with its libraries
 * and fonts and without touching the system. Throws a StartFailure where there is neither.
 */
export async function findChromium(config: LocalConfig, report: (line: string) => void): Promise<Chromium> {
  for (const name of programs) {
    const executablePath = await findExecutable(name, config.searchPath);
    if (executablePath !== undefined) return { executablePath, env: {} };
  }
  const archive = process.platform === "linux" ? await machineArchive() : undefined;
  const triplet = triplets[process.arch];
  if (archive === undefined || triplet === undefined) {
    throw new StartFailure("No Chromium found, which the dashboard is tested in: install it so that it is on PATH.");
  }
  const folder = join(config.cacheDir, `chromium-debian-${archive.suite}-${process.arch}`);
  const names = ["chromium-headless-shell", "fonts-inter", "fonts-dejavu-core"];
  await unpacked(folder, { archive, names, size: "170 MB", leftOut }, report);
  return { executablePath: join(folder, "usr/lib/chromium/chromium-headless-shell"), env: await surroundings(folder) };

  async function surroundings(root: string): Promise<Record<string, string>> {
    const places = ["", "/pulseaudio"].flatMap((part) => [`usr/lib/${triplet}${part}`, `lib/${triplet}${part}`]);
    const libraries = places.map((place) => join(root, place)).filter((place) => existsSync(place));
    return { LD_LIBRARY_PATH: libraries.join(":"), FONTCONFIG_FILE: await fontSettings(root) };
  }
}

/** The unpacked fonts and no others: a page looks the same wherever it is tested. Returns the file's path. */
async function fontSettings(root: string): Promise<string> {
  const file = join(root, "fonts/fonts.conf");
  if (existsSync(file)) return file;
  const prefer = (family: string, font: string): string =>
    `<alias binding="same"><family>${family}</family><prefer><family>${font}</family></prefer></alias>`;
  await mkdir(join(root, "fonts/cache"), { recursive: true });
  await writeFile(
    file,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(root, "usr/share/fonts")}</dir>
  <cachedir>${join(root, "fonts/cache")}</cachedir>
  ${["system-ui", "sans-serif"].map((family) => prefer(family, "Inter")).join("\n  ")}
  ${["ui-monospace", "monospace"].map((family) => prefer(family, "DejaVu Sans Mono")).join("\n  ")}
</fontconfig>
`,
  );
  return file;
}
