import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { argumentNames, copiedPaths } from "./dockerfile.mjs";
import { readDockerignore } from "./dockerignore.mjs";

/**
 * What an image is made of: its tag is the hash of it, so that one that would come out the same is not built again.
 *
 * @param {string} root the build context
 * @param {string} dockerfile relative to it
 * @param {string} platform such as linux/arm64
 * @returns {{tag: string, buildArguments: Record<string, string>}} the arguments are those that .env has values for
 */
export function describeImage(root, dockerfile, platform) {
  const text = readFileSync(join(root, dockerfile), "utf8");
  const isIgnored = readDockerignore(readFileSync(join(root, ".dockerignore"), "utf8"));
  const settings = parseEnv(readFileSync(join(root, ".env"), "utf8"));
  const names = argumentNames(text).filter((name) => settings[name] !== undefined);
  const buildArguments = Object.fromEntries(names.sort().map((name) => [name, settings[name]]));
  const files = copiedPaths(text).flatMap((path) => filesAt(root, path, isIgnored));
  const hash = createHash("sha256").update(JSON.stringify([platform, text, buildArguments]));
  for (const path of [...new Set(files)].sort()) hash.update(`\0${path}\0${contentHash(join(root, path))}`);
  return { tag: hash.digest("hex").slice(0, 16), buildArguments };
}

/** The files at a path that is one or a folder; those that are ignored are no part of the image. */
function filesAt(root, path, isIgnored) {
  if (/[*?[]/.test(path)) throw new Error(`the images' files cannot be told from a pattern: ${path}`);
  const stat = lstatSync(join(root, path));
  if (!stat.isDirectory()) return isIgnored(path) ? [] : [path];
  // An ignored folder may hold files that are not.
  return readdirSync(join(root, path)).flatMap((name) =>
    name === "node_modules" || name === ".git" ? [] : filesAt(root, path === "." ? name : `${path}/${name}`, isIgnored),
  );
}

function contentHash(path) {
  const stat = lstatSync(path);
  const content = stat.isSymbolicLink() ? readlinkSync(path) : readFileSync(path);
  const isExecutable = (stat.mode & 0o100) !== 0;
  return createHash("sha256").update(`${isExecutable}`).update(content).digest("hex");
}
