/** Small processes that stand in for the system's parts where a test is about the supervisor. */
import { join } from "node:path";
import { freePort } from "../ports.ts";
import { expectHealthy } from "../steps/health.ts";
import type { ComponentSpec } from "./component.ts";

/** A component that is a Node process answering HTTP; on SIGTERM it notes its name in `stops` and ends. */
export async function httpStandIn(
  folder: string,
  name: string,
  changes: { onTerm?: string; atStart?: string } = {},
): Promise<ComponentSpec> {
  const port = await freePort();
  const stops = JSON.stringify(join(folder, "stops"));
  const onTerm = changes.onTerm ?? `fs.appendFileSync(${stops}, ${JSON.stringify(`${name}\n`)}); process.exit(0)`;
  const code = `
    const fs = require("node:fs");
    process.on("SIGTERM", () => { ${onTerm} });
    ${changes.atStart ?? ""}
    require("node:http").createServer((_, answer) => answer.end("ok")).listen(${port}, "127.0.0.1");`;
  return {
    ...codeStandIn(folder, name, code),
    ready: () => expectHealthy(`http://127.0.0.1:${port}`),
  };
}

/** A component that runs any code in Node and is never healthy. */
export function codeStandIn(folder: string, name: string, code: string): ComponentSpec {
  return {
    name,
    launch: { command: process.execPath, args: ["--eval", code] },
    cwd: folder,
    env: {},
    logFile: join(folder, `${name}.log`),
    ready: () => Promise.reject(new Error("it is never healthy")),
    readyTimeoutMs: 20_000,
    graceMs: 10_000,
  };
}
