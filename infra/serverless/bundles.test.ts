import { mkdtemp, readFile, rm } from "node:fs/promises";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { Redis as WholeRedis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../core/db/database.ts";
import type { connectRedis } from "../../core/queue/connection.ts";
import type { Doorbell } from "../../core/queue/doorbell.ts";
import { queueStream } from "../../core/queue/keys.ts";
import { useDatabase } from "../../test/harness/database.ts";
import { useRedis } from "../../test/harness/redis.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { url } = useDatabase();
const queue = useRedis();

/** What functions are made of, bundled as they are. */
interface Bundled {
  readonly Database: typeof Database;
  readonly Doorbell: typeof Doorbell;
  readonly connectRedis: typeof connectRedis;
}
const contents = `
  export { Database } from "./core/db/database.ts";
  export { Doorbell } from "./core/queue/doorbell.ts";
  export { connectRedis } from "./core/queue/connection.ts";`;

let folder: string;
let outfile: string;
let plugins: Plugin[];
let bundled: Bundled;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orders-bundles-"));
  ({ plugins } = await import(new URL("bundles.mjs", import.meta.url).href));
  outfile = await bundle("bundle.mjs", plugins);
  bundled = await import(pathToFileURL(outfile).href);
});
afterAll(() => rm(folder, { recursive: true }));

/** @returns the bundle's path */
async function bundle(name: string, pluginsOfBundle: Plugin[]): Promise<string> {
  const file = join(folder, name);
  const js = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
  await build({
    ...{ stdin: { contents, resolveDir: root, loader: "ts" }, outfile: file, plugins: pluginsOfBundle, banner: { js } },
    ...{ bundle: true, minify: true, sourcemap: true, format: "esm", platform: "node", target: "node24" },
    logLevel: "silent",
  });
  return file;
}

describe("in a bundle", () => {
  it("errors of MySQL have their names", async () => {
    const database = new bundled.Database({ url, connections: 1, timeoutMs: 5_000 });
    const nowhere = database.run(({ connection }) => connection.query("SELECT 1 FROM nowhere"));
    await expect(nowhere).rejects.toMatchObject({ code: "ER_NO_SUCH_TABLE", errno: 1146 });
    await database.close();
  });

  it("orders are enqueued, one alone and many at once", async () => {
    const doorbell = new bundled.Doorbell({ url: queue.url, budgetMs: 5_000, onChange: () => {} });
    expect(await doorbell.ring([{ id: "one", quantity: 1 }])).toBe(true);
    expect(await doorbell.ring(["two", "three"].map((id) => ({ id, quantity: 2 })))).toBe(true);
    doorbell.close();
    const entries = await queue.redis.xrange(queueStream, "-", "+");
    expect(entries.map(([, [, id, , quantity]]) => [id, quantity])).toEqual([
      ["one", "1"],
      ["two", "2"],
      ["three", "2"],
    ]);
  });

  it("Redis has the commands that the code names, and few others", () => {
    const redis = bundled.connectRedis(queue.url, 1_000);
    for (const name of ["xadd", "xlen", "xinfo", "xrange", "xgroup", "xtrim", "ping", "info", "time", "del"]) {
      expect(redis).toHaveProperty(name, expect.any(Function));
    }
    expect(WholeRedis.prototype).toHaveProperty("geoadd");
    expect(redis).not.toHaveProperty("geoadd");
    redis.disconnect();
  });

  it("every module stands in parentheses, and nothing else is other than esbuild wrote it", async () => {
    const lazy = await bundle(
      "lazy/bundle.mjs",
      plugins.filter(({ name }) => name !== "eager-modules"),
    );
    const [before, after] = await Promise.all([lazy, outfile].map((file) => readFile(file, "utf8")));
    // What esbuild wraps a CommonJS module with: "use strict" is what nearly all of them begin with.
    const bare = /=\w+\(\(?[\w,]*\)?=>\{"use strict";/g;
    const wrapped = /=\w+\(\(\(?[\w,]*\)?=>\{"use strict";/g;
    expect(before?.match(bare)?.length).toBeGreaterThan(100);
    expect(after?.match(wrapped)).toHaveLength(before?.match(bare)?.length ?? 0);
    expect(after?.replace(/[()]/g, "")).toBe(before?.replace(/[()]/g, ""));
  });

  it.each([
    ["in TypeScript", "too much work waits for MySQL already", "core/db/database.ts"],
    ["in a module in parentheses", "Queue limit reached.", "mysql2/lib/base/pool.js"],
  ])("an error %s is found by the source map", async (_, text, source) => {
    const lines = (await readFile(outfile, "utf8")).split("\n");
    const line = lines.findIndex((one) => one.includes(text));
    const map = new SourceMap(JSON.parse(await readFile(`${outfile}.map`, "utf8")));
    const column = (lines[line] ?? "").indexOf(text) - 1;
    const entry = map.findEntry(line, column);
    if (!("originalSource" in entry)) throw new Error("the source map has no such place");
    expect(entry.generatedColumn).toBe(column);
    expect(entry.originalSource).toMatch(new RegExp(`${source}$`));
    const original = await readFile(join(folder, entry.originalSource), "utf8");
    expect(original.split("\n")[entry.originalLine]?.slice(entry.originalColumn + 1)).toMatch(new RegExp(`^${text}`));
  });
});
