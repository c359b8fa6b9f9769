import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

/** Prints the URL of every module that is loaded with the gateway. */
const script = `
  import { registerHooks } from "node:module";
  registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) });
  await import(process.argv[1]);
`;

it("loads no query builder, which takes more memory than all else together, and no tracing", () => {
  const gateway = join(import.meta.dirname, "gateway.ts");
  const loaded = execFileSync(process.execPath, ["--input-type=module", "--eval", script, gateway], {
    encoding: "utf8",
  });
  expect(loaded).toContain("core/db/counts.ts");
  expect(loaded).toContain("drizzle-orm/errors.js");
  expect(loaded).not.toContain("drizzle-orm/mysql");
  // Until something is traced.
  expect(loaded).not.toContain("@opentelemetry/sdk-trace");
});
