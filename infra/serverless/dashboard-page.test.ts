import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The bundle of a function as it is deployed, and what it is made of. */
async function bundle(entryPoint: string): Promise<{ text: string; sources: string[] }> {
  const { plugins }: { plugins: Plugin[] } = await import(new URL("bundles.mjs", import.meta.url).href);
  const { outputFiles, metafile } = await build({
    ...{ absWorkingDir: root, entryPoints: [entryPoint], outdir: "unused", write: false, metafile: true },
    ...{ bundle: true, minify: true, format: "esm", platform: "node", target: "node24", logLevel: "silent" },
    // One that rewrites the written file has nothing to do here.
    plugins: plugins.filter(({ name }) => name !== "eager-modules"),
  });
  return { text: outputFiles[0]?.text ?? "", sources: Object.keys(metafile.inputs) };
}

it("the dashboard's bundle has the page, and neither MySQL's driver nor Redis'", async () => {
  const { text, sources } = await bundle("functions/dashboard.ts");
  expect(text).toContain("<title>Orders</title>");
  expect(sources.filter((path) => /mysql2|ioredis|drizzle/.test(path))).toEqual([]);
});

it("no other function carries the page", async () => {
  expect((await bundle("functions/openapi.ts")).text).not.toContain("<title>Orders</title>");
});
