import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { parse } from "yaml";

/** A Lambda function's code, bundled as a deployment does it. */
export interface Bundle {
  /** The function's name in serverless.yml. */
  readonly name: string;
  /** The bundle's path; it exports `handler`. */
  readonly file: string;
  /** The minified code's size, without its source map. */
  readonly bytes: number;
}

/** The sizes of all bundles, the largest first. */
export interface BundleSizes {
  readonly bundles: readonly Bundle[];
  readonly largest: Bundle;
}

/** Bundles every function of serverless.yml and tells how large they are. */
export async function bundleSizes(root: string, folder: string): Promise<BundleSizes> {
  const bundles = (await bundleFunctions(root, folder)).toSorted((one, other) => other.bytes - one.bytes);
  const [largest] = bundles;
  if (largest === undefined) throw new Error("serverless.yml has no functions");
  return { bundles, largest };
}

/** What of serverless.yml this reads. */
interface Service {
  readonly functions: Readonly<Record<string, { readonly handler: string }>>;
  readonly custom: { readonly esbuild: { readonly plugins: string } };
}

/** Options of the plugin serverless-esbuild itself, which esbuild does not know. */
const pluginOptions: ReadonlySet<string> = new Set(["outputWorkFolder", "outputFileExtension", "watch"]);

/**
 * Bundles functions with the options of serverless.yml, without the seconds that serverless takes to read it all.
 *
 * @param folder where the bundles go
 * @param names of the functions; without them all are bundled
 */
export async function bundleFunctions(root: string, folder: string, names?: readonly string[]): Promise<Bundle[]> {
  const { functions, custom } = readService(root);
  const given = Object.entries(custom.esbuild).filter(([option]) => !pluginOptions.has(option));
  const { plugins }: { plugins: Plugin[] } = await import(join(root, custom.esbuild.plugins));
  const options: BuildOptions = { ...Object.fromEntries(given), plugins, absWorkingDir: root, logLevel: "warning" };
  return Promise.all(
    (names ?? Object.keys(functions)).map(async (name) => {
      const entry = functions[name];
      if (entry === undefined) throw new Error(`serverless.yml has no function ${name}`);
      const source = entry.handler.replace(/\.[^./]+$/, "");
      const file = join(folder, `${source}.mjs`);
      await build({ ...options, entryPoints: [`${source}.ts`], outfile: file });
      return { name, file, bytes: statSync(file).size };
    }),
  );
}

function readService(root: string): Service {
  // CloudFormation's tags, such as !Ref, stand in parts that are not looked at.
  const service: Service = parse(readFileSync(join(root, "serverless.yml"), "utf8"), { logLevel: "silent" });
  return service;
}
