/**
 * The dashboard's page as the module `virtual:dashboard`, for bundles and for tests. Whoever imports it gets the page of
 * the sources as they are: it is built when they have changed, and kept in dashboard/dist under their hash.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const moduleName = "virtual:dashboard";

/** Plugin of esbuild. */
export const dashboardPage = {
  name: "dashboard-page",
  setup(build) {
    build.onResolve({ filter: /^virtual:dashboard$/ }, ({ path }) => ({ path, namespace: "dashboard" }));
    build.onLoad({ filter: /.*/, namespace: "dashboard" }, async () => ({ contents: await moduleText() }));
  },
};

/** Plugin of Vite, and so of Vitest. */
export const dashboardPageForTests = {
  name: "dashboard-page",
  resolveId: (id) => (id === moduleName ? `\0${moduleName}` : undefined),
  load: (id) => (id === `\0${moduleName}` ? moduleText() : undefined),
};

async function moduleText() {
  const html = await page();
  const values = { html, policy: policyOf(html), etag: `"${hashOf(html).digest("base64url").slice(0, 22)}"` };
  return Object.entries(values)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
    .join("\n");
}

/** Nothing from anywhere but what is in the page, and the API that it comes from. */
function policyOf(html) {
  const hashes = (tag) =>
    [...html.matchAll(new RegExp(`<${tag}\\b[^>]*>([\\s\\S]*?)</${tag}>`, "g"))]
      .map(([, text]) => `'sha256-${hashOf(text).digest("base64")}'`)
      .join(" ");
  return [
    "default-src 'none'",
    `script-src ${hashes("script")}`,
    `style-src ${hashes("style")}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** One build for all that ask for it at the same time. */
let underWay;

/** The page, built by a process of its own: Vite is large, and sets NODE_ENV. */
export function page() {
  underWay ??= cached().finally(() => {
    underWay = undefined;
  });
  return underWay;
}

async function cached() {
  const file = join(root, "dashboard/dist", `${hashOfSources()}.html`);
  return readFile(file, "utf8").catch(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, "dashboard/build.mjs")], {
      // Nothing of this process' environment, such as the NODE_ENV of tests, makes it another page.
      env: { NODE_ENV: "production" },
      maxBuffer: 16 * 1024 * 1024,
    });
    // Where nothing can be written, as in a container, it is built each time.
    await keep(file, stdout).catch(() => {});
    return stdout;
  });
}

/** The pages of other sources go: each time they change there is one more. */
async function keep(file, text) {
  const folder = dirname(file);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, text);
  await rename(unfinished, file);
}

/** What the page is made of: its sources, what it may import of core (biome.json), and the packages in their versions. */
const sourcesOfPage = [
  "dashboard/*.{html,json,mjs}",
  "dashboard/src/**/*.{ts,tsx,css}",
  "core/{api,domain}/*.ts",
  "tsconfig.json",
  "package-lock.json",
];

function hashOfSources() {
  const sources = globSync(sourcesOfPage, { cwd: root });
  const hash = createHash("sha256");
  for (const path of sources.filter((path) => !path.endsWith(".test.ts")).sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

function hashOf(text) {
  return createHash("sha256").update(text);
}
