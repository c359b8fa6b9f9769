/**
 * Runs a program of this repository from a fresh clone: `node infra/local/bootstrap.mjs infra/local/start.ts`. Installs
 * the npm packages when they are absent or older than the lockfile, then runs the program with the Node that they bring.
 * Needs nothing but a Node ≥ 20.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const oldestNode = 20;
const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const stampFile = join(root, "node_modules/.orders-stamp");

const [program = "", ...args] = process.argv.slice(2);
if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  fail(`Node ${oldestNode} or later is needed, and this is ${process.versions.node}. Get it from https://nodejs.org.`);
}
if (!program.endsWith(".ts") || !existsSync(join(root, program))) {
  fail(
    `Usage: node infra/local/${basename(process.argv[1] ?? "")} <program.ts> [arguments], by its path in this folder: ${root}`,
  );
}
await install();
await runProgram();

/** A hash, not a time: a checkout changes the lockfile's time without changing what it says. */
async function install() {
  const lockfile = readFileSync(join(root, "package-lock.json"));
  const stamp = createHash("sha256").update(lockfile).digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) {
    return;
  }
  if (isInstalled(JSON.parse(lockfile.toString()))) {
    writeFileSync(stampFile, stamp);
    return;
  }
  const begun = Date.now();
  process.stdout.write("installing npm packages (once) …\n");
  const output = [];
  const npm = spawn("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  npm.stdout.on("data", (chunk) => output.push(chunk));
  npm.stderr.on("data", (chunk) => output.push(chunk));
  const result = await endOf(npm);
  if (result.code !== 0) {
    const tail = Buffer.concat(output).toString().trimEnd().split("\n").slice(-25).join("\n");
    fail(`npm ci failed${result.error ? ` (${result.error.message})` : ""}:\n${tail}`);
  }
  writeFileSync(stampFile, stamp);
  process.stdout.write(`installed npm packages in ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
}

/** Whether somebody ran npm by hand: npm leaves a list of what it installed, written when it was done. */
function isInstalled(lockfile) {
  try {
    const installed = JSON.parse(readFileSync(join(root, "node_modules/.package-lock.json"), "utf8")).packages;
    return Object.entries(lockfile.packages).every(
      ([path, { version, optional, peer }]) =>
        path === "" || (installed[path] ? installed[path].version === version : optional || peer),
    );
  } catch {
    return false;
  }
}

/** Takes this process over where Node can do that (since 22.15), else waits for the program and passes signals on. */
async function runProgram() {
  const node = realpathSync(join(root, "node_modules/.bin/node"));
  const words = [join(root, program), ...args];
  process.chdir(root);
  if (process.execve) {
    process.removeAllListeners("warning"); // That execve is experimental says nothing to whoever runs this.
    process.execve(node, [node, ...words], process.env);
  }
  const child = spawn(node, words, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  const { code, signal, error } = await endOf(child);
  if (error) {
    fail(`${node} could not be run: ${error.message}`);
  }
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
}

function endOf(child) {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ error }));
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}
