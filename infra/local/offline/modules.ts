/** Puts modules of ours in the place of those of serverless-offline that cost a request much and give it nothing. */
import { registerHooks } from "node:module";

/** Ours by theirs, and the module through which theirs is imported. */
const replacements = [
  {
    ours: import.meta.resolve("./in-process-runner.ts"),
    theirs: "lambda/handler-runner/in-process-runner/InProcessRunner.js",
    through: "lambda/handler-runner/in-process-runner/index.js",
  },
  { ours: import.meta.resolve("./clf-time.ts"), theirs: "utils/formatToClfTime.js", through: "utils/index.js" },
];

const offline = import.meta.resolve("serverless-offline");
const urlOf = (path: string) => new URL(path, offline).href;

for (const { ours, theirs, through } of replacements) {
  let isReplaced = false;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      if (resolved.url !== urlOf(theirs)) return resolved;
      isReplaced = true;
      return next(ours, context);
    },
  });
  // Loaded now, it keeps what it got: no later import pays for the hook.
  await import(urlOf(through));
  hooks.deregister();
  if (!isReplaced) throw new Error(`serverless-offline has no ${theirs} any more, which infra/local/offline replaces`);
}
