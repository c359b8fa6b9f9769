import { mkdtemp, rm } from "node:fs/promises";
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
let bundled: Bundled;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orders-bundles-"));
  const { default: plugins }: { default: Plugin[] } = await import(new URL("bundles.mjs", import.meta.url).href);
  const outfile = join(folder, "bundle.mjs");
  const js = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
  await build({
    ...{ stdin: { contents, resolveDir: root, loader: "ts" }, outfile, plugins, banner: { js } },
    ...{ bundle: true, minify: true, format: "esm", platform: "node", target: "node24", logLevel: "silent" },
  });
  bundled = await import(pathToFileURL(outfile).href);
});
afterAll(() => rm(folder, { recursive: true }));

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
});
