/** What the code itself says of the variables that it reads: no list of names is kept here. */
import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { ConfigError, type Environment } from "../../../core/config/env.ts";
import { readLocalConfig } from "../../../infra/local/config.ts";
import { lastLines, run } from "../../../infra/local/process/run.ts";
import { findGo } from "../../../infra/local/steps/go.ts";
import type { Code } from "./stack.ts";

/** What a process makes of an environment: the variables that it knows of those given, or its complaint. */
type Reading = { readonly values: Readonly<Record<string, unknown>> } | { readonly problem: string };

/** Reads an environment as a process of ours does at its start. */
export type Reader = (environment: Environment) => Reading;

/** Loads all readers. The worker's is its own Go package, built into the folder. */
export async function loadCode(root: string, folder: string): Promise<Code> {
  const [gateway, worker] = await Promise.all([gatewayReader(root), workerReader(root, folder)]);
  const names = (await readdir(join(root, "functions"))).filter((name) => /^[^.]+\.ts$/.test(name));
  const handlers = await sourcesOf(
    root,
    names.map((name) => `functions/${name}`),
  );
  const functions = new Map<string, readonly Reader[]>();
  for (const [entry, sources] of handlers) {
    functions.set(entry.replace(/\.ts$/, ".handler"), await configReaders(root, sources));
  }
  const metrics = (handlers.get("functions/report-metrics.ts") ?? []).filter((path) => path.startsWith("functions/"));
  const service = ["grpc-gateway/repairs.ts", "grpc-gateway/relay.ts", "grpc-gateway/apply.ts"];
  return {
    ...{ functions, gateway, worker },
    metricsSource: await textOfAll(root, metrics),
    gatewaySource: await textOfAll(root, service),
  };
}

async function textOfAll(root: string, paths: readonly string[]): Promise<string> {
  return (await Promise.all(paths.map((path) => readFile(join(root, path), "utf8")))).join("\n");
}

/** Which files of ours end up in the bundle of each entry point. */
async function sourcesOf(root: string, entryPoints: string[]): Promise<Map<string, readonly string[]>> {
  const { metafile } = await build({
    ...{ absWorkingDir: root, entryPoints, outdir: join(root, "unused"), write: false, metafile: true },
    // The dashboard's page reads nothing.
    external: ["virtual:dashboard"],
    ...{ bundle: true, packages: "external", platform: "node", format: "esm", logLevel: "error" },
  });
  return new Map(
    Object.values(metafile.outputs).map(({ entryPoint = "", inputs }) => [
      entryPoint,
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    ]),
  );
}

/** The `read…Config` functions of the modules of core/config among these files. */
async function configReaders(root: string, sources: readonly string[]): Promise<readonly Reader[]> {
  const modules = sources.filter((path) => path.startsWith("core/config/") && path !== "core/config/env.ts");
  const loaded = await Promise.all(modules.map((path) => import(/* @vite-ignore */ join(root, path))));
  return loaded.flatMap((module: Record<string, unknown>) =>
    Object.entries(module).flatMap(([name, read]) =>
      /^read\w+Config$/.test(name) ? [asReader(read as (environment: Environment) => object)] : [],
    ),
  );
}

function asReader(read: (environment: Environment) => object): Reader {
  return (environment) => {
    try {
      return { values: read(environment) as Record<string, unknown> };
    } catch (error) {
      if (error instanceof ConfigError) return { problem: error.message };
      throw error;
    }
  };
}

async function gatewayReader(root: string): Promise<Reader> {
  const sources = (await sourcesOf(root, ["grpc-gateway/main.ts"])).values().next().value ?? [];
  const [reader, ...others] = await configReaders(root, sources);
  if (reader === undefined || others.length > 0) throw new Error("the gateway has not one reader of configuration");
  return reader;
}

/** The worker's package is internal to its module: the program that asks it is built as if it were in there. */
async function workerReader(root: string, folder: string): Promise<Reader> {
  const program = join(folder, "worker-config");
  const overlay = join(folder, "overlay.json");
  const module = join(root, "worker-go");
  const asked = join(import.meta.dirname, "worker-config.go");
  await writeFile(overlay, JSON.stringify({ Replace: { [join(module, "internal/config/ask/main.go")]: asked } }));
  const { searchPath, environment: env } = readLocalConfig();
  const words = ["build", "-overlay", overlay, "-o", program, "./internal/config/ask"];
  const { code, stdout, stderr } = await run(await findGo(searchPath), words, { cwd: module, env });
  if (code !== 0) throw new Error(`the worker's configuration cannot be asked:\n${lastLines(stdout + stderr, 20)}`);
  return (environment) =>
    JSON.parse(execFileSync(program, { input: JSON.stringify(environment), encoding: "utf8", env: {} })) as Reading;
}
