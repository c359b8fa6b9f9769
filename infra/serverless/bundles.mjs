/**
 * Plugins of esbuild for the functions' bundles: a Lambda starts sooner when what packages prepare for everybody, and no
 * request here needs, is left out or left for later.
 */
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { dashboardPage } from "./dashboard-page.mjs";
import { eagerModules } from "./eager-modules.mjs";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** mysql2 fills a table of 2,000 errors, of which it looks one up when MySQL answers with it: filled then. */
const lateErrors = {
  name: "late-errors",
  setup(build) {
    build.onLoad({ filter: /[\\/]mysql2[\\/]lib[\\/]constants[\\/]errors\.js$/ }, ({ path }) => {
      // As text, which costs less to skip than code does.
      const text = JSON.stringify(JSON.stringify(require(path)));
      return {
        contents: `let table; module.exports = new Proxy({}, { get: (_, key) => (table ??= JSON.parse(${text}))[key] });`,
      };
    });
  },
};

/** ioredis makes three classes with two methods for every command of Redis: here for those that the code names. */
const namedCommands = {
  name: "named-commands",
  setup(build) {
    build.onLoad({ filter: /[\\/]@ioredis[\\/]commands[\\/]built[\\/]index\.js$/ }, ({ path }) => {
      const commands = Object.keys(JSON.parse(readFileSync(join(dirname(path), "commands.json"), "utf8")));
      names ??= namesOfMembers();
      const list = commands.filter((command) => names.has(command) || names.has(`${command}Buffer`));
      return { contents: `${readFileSync(path, "utf8")}\nexports.list = ${JSON.stringify(list)};` };
    });
  },
};

/** What {@link namesOfMembers} answered, for all bundles. */
let names;

/** Every name of a member, such as `xadd` in `redis.xadd(…)`, in what may call Redis: our code, and ioredis itself. */
function namesOfMembers() {
  const files = globSync(["{core,functions}/**/*.ts", "node_modules/ioredis/built/**/*.js"], { cwd: root });
  const sources = files.map((file) => readFileSync(join(root, file), "utf8"));
  return new Set(sources.flatMap((source) => [...source.matchAll(/\.(\w+)/g)].map(([, name]) => name)));
}

/** For a bundle that is deployed; bench/ and tests make theirs so, too. */
export const plugins = [dashboardPage, lateErrors, namedCommands, eagerModules];

/**
 * For serverless-offline: packages are imported from where they are installed, but for Drizzle, which is hundreds of
 * modules there and a few in a bundle.
 */
const installedPackages = {
  name: "installed-packages",
  setup(build) {
    build.onResolve({ filter: /^(@[\w-]+\/)?[\w-]/ }, ({ path, kind, namespace }) => {
      const isOurs = kind !== "import-statement" || namespace !== "file" || path.includes(":");
      return isOurs || path.startsWith("drizzle-orm") ? undefined : { path: import.meta.resolve(path), external: true };
    });
  },
};

/**
 * What serverless-esbuild asks for. serverless-offline bundles when it starts, anew each time: with the packages in each
 * bundle, that takes twice as long.
 */
export default function pluginsOf({ processedInput }) {
  return processedInput.commands[0] === "offline" ? [dashboardPage, installedPackages] : plugins;
}
