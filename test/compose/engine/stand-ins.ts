import { realpathSync } from "node:fs";
import { copyFile, cp, mkdir, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { LocalConfig } from "../../../infra/local/config.ts";
import { findExecutable, lastLines, run } from "../../../infra/local/process/run.ts";
import { findGo } from "../../../infra/local/steps/go.ts";
import { docker, type Engine } from "./engine.ts";
import { packageTree } from "./packages.ts";

/** Stand-ins by the variable of `.env` that names the official image: the target in stand-ins/Dockerfile. */
const targets = { NODE_IMAGE: "node", GO_IMAGE: "go", MYSQL_IMAGE: "mysql", REDIS_IMAGE: "redis" } as const;

const base = "orders-stand-in/base";
const certificates = "/etc/ssl/certs/ca-certificates.crt";

/** Of Go's folder only what compiles is needed. */
const withoutTests = ["*_test.go", "testdata", "*/doc", "*/api", "*/misc"].map((pattern) => `--exclude=${pattern}`);

/**
 * Makes stand-ins of the base images, for a machine that reaches no image registry: from Debian packages, and from the
 * Node, npm and Go of this machine, with the settings that it needs to download packages.
 *
 * @returns the images' names by their variables
 */
export async function makeStandIns(
  engine: Engine,
  config: LocalConfig,
  report: (line: string) => void,
): Promise<Record<string, string>> {
  const tree = await packageTree("docker-stand-ins", config.cacheDir, report);
  const context = { here: join(engine.temporary.here, "stand-ins"), there: `${engine.temporary.there}/stand-ins` };
  await mkdir(context.here);
  const go = await findGo(config.searchPath);
  await Promise.all([importBase(engine, tree, await settings(config, go)), fillContext(context.here, config, go)]);
  const made = Object.entries(targets).map(async ([variable, target]): Promise<[string, string]> => {
    const name = `orders-stand-in/${target}`;
    const args = [
      "build",
      "--quiet",
      "--network",
      "none",
      "--build-arg",
      `BASE=${base}`,
      "--target",
      target,
      "--tag",
      name,
      context.there,
    ];
    await docker(engine, args, { timeoutMs: 120_000 });
    return [variable, name];
  });
  const images = Object.fromEntries(await Promise.all(made));
  await rm(context.here, { recursive: true });
  return images;
}

/** Removes them from an engine that goes on. */
export async function removeStandIns(engine: Engine): Promise<void> {
  const names = [...Object.values(targets).map((target) => `orders-stand-in/${target}`), base];
  await docker(engine, ["image", "rm", "--force", ...names]);
}

async function importBase(engine: Engine, tree: string, env: Readonly<Record<string, string>>): Promise<void> {
  const archive = "stand-in-base.tar";
  const path = join(engine.temporary.here, archive);
  await must("tar", ["-cf", path, "-C", tree, ".", "-C", "/", certificates.slice(1)]);
  const changes = Object.entries(env).flatMap(([name, value]) => ["--change", `ENV ${name}=${JSON.stringify(value)}`]);
  await docker(engine, ["import", ...changes, `${engine.temporary.there}/${archive}`, base], { timeoutMs: 120_000 });
  await rm(path);
}

async function fillContext(context: string, config: LocalConfig, go: string): Promise<void> {
  const files = join(import.meta.dirname, "../stand-ins");
  for (const name of await readdir(files)) await copyFile(join(files, name), join(context, name));
  await copyFile(process.execPath, join(context, "node"));
  const npm = await findExecutable("npm", config.searchPath);
  if (npm === undefined) throw new Error("There is no npm on PATH.");
  // Its program is bin/npm-cli.js of the package.
  await cp(dirname(dirname(realpathSync(npm))), join(context, "npm"), { recursive: true });
  const root = (await must(go, ["env", "GOROOT"])).trim();
  const rename = `--transform=flags=rh;s,^${basename(root)},go,`;
  await must("tar", ["-cf", join(context, "go.tar"), ...withoutTests, rename, "-C", dirname(root), basename(root)]);
}

/** What npm and Go need on this machine to download packages: where from, through what, and whom to trust. */
async function settings(config: LocalConfig, go: string): Promise<Record<string, string>> {
  const goNames = ["GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE"];
  const goValues = JSON.parse(await must(go, ["env", "-json", ...goNames])) as Record<string, string>;
  const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  const all = {
    PATH: "/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
    GOTOOLCHAIN: "local",
    SSL_CERT_FILE: certificates,
    NODE_EXTRA_CA_CERTS: certificates,
    NPM_CONFIG_REGISTRY: (await must("npm", ["config", "get", "registry"])).trim(),
    ...goValues,
    ...Object.fromEntries(proxies.map((name) => [name, config.environment[name] ?? ""])),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

/** Runs a program of this machine and answers what it printed. */
async function must(command: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { timeoutMs: 120_000 });
  if (code !== 0) throw new Error(`${command} ${args[0]} failed:\n${lastLines(stderr, 10)}`);
  return stdout;
}
