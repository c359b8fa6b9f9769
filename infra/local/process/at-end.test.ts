import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it } from "vitest";

const module = JSON.stringify(join(import.meta.dirname, "at-end.ts"));

/** Runs a program that knows atEnd, sends it a signal once it says so, and answers how it ended and what it said. */
async function ended(program: string, signal?: NodeJS.Signals): Promise<{ how: unknown; said: string }> {
  const begin = `import { atEnd } from ${module}; const say = (text) => require("node:fs").writeSync(1, text);`;
  const code = `import { createRequire } from "node:module"; const require = createRequire("/");${begin}${program}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
    if (signal !== undefined && said === "ready") child.kill(signal);
  });
  const [exitCode, endSignal] = await once(child, "close");
  return { how: endSignal ?? exitCode, said: said.replace("ready", "") };
}

const cleanups = `atEnd(() => say("folder")); atEnd(() => say("server,")); atEnd(() => say("never"))();`;
const forEver = `setInterval(() => {}, 1000); say("ready");`;

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "on %s all is cleaned up, the last first, and it ends",
  async (signal) => {
    expect(await ended(`${cleanups}${forEver}`, signal)).toEqual({ how: signal, said: "server,folder" });
  },
);

it("at an exit and after an uncaught error all is cleaned up", async () => {
  expect(await ended(`${cleanups} process.exit(7)`)).toEqual({ how: 7, said: "server,folder" });
  expect(await ended(`${cleanups} throw new Error("no")`)).toEqual({ how: 1, said: "server,folder" });
  expect(await ended(cleanups)).toEqual({ how: 0, said: "server,folder" });
});

it("whoever else listens to a signal decides what it does", async () => {
  const other = `process.on("SIGTERM", () => { say("other,"); process.exit(3); });`;
  expect(await ended(`${cleanups}${other}${forEver}`, "SIGTERM")).toEqual({ how: 3, said: "other,server,folder" });
});
