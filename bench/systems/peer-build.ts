import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StartFailure } from "../../infra/local/failure.ts";
import { lastLines, run } from "../../infra/local/process/run.ts";
import type { Ground } from "../ground.ts";

/** Where the peers are; they have npm packages and a Go module of their own. */
export function peersDir({ config }: Ground): string {
  return join(config.root, "bench/peers");
}

let installed: Promise<void> | undefined;

/** Installs the peers' npm packages when they are absent or older than their lockfile; once, whoever asks. */
export function installPeers(ground: Ground): Promise<void> {
  installed ??= install(ground);
  return installed;
}

/** A hash, not a time: a checkout changes the lockfile's time without changing what it says. */
async function install(ground: Ground): Promise<void> {
  const folder = peersDir(ground);
  const stampFile = join(folder, "node_modules/.orders-stamp");
  const stamp = createHash("sha256")
    .update(await readFile(join(folder, "package-lock.json")))
    .digest("hex");
  if ((await readFile(stampFile, "utf8").catch(() => "")) === stamp) return;
  ground.report("installing the peers' npm packages (once) …");
  const words = ["ci", "--no-fund", "--no-audit", "--loglevel=error"];
  const { code, stdout, stderr } = await run("npm", words, { cwd: folder, env: ground.env });
  if (code !== 0) {
    throw new StartFailure(`The peers' npm packages could not be installed:\n${lastLines(stdout + stderr, 25)}`);
  }
  await writeFile(stampFile, stamp);
}

/** Builds a Go program of the peers' module and returns the path of its binary. An unchanged build is fast. */
export async function buildGo(ground: Ground, options: { name: string; package: string }): Promise<string> {
  const binary = join(ground.state.bin, options.name);
  const words = ["build", "-o", binary, options.package];
  const { code, stdout, stderr } = await run(ground.go, words, { cwd: peersDir(ground), env: ground.env });
  if (code !== 0) {
    throw new StartFailure(`${options.package} does not build in bench/peers:\n${lastLines(stdout + stderr, 20)}`);
  }
  return binary;
}
