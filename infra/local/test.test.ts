import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { until } from "../../test/harness/until.ts";
import { readLocalConfig } from "./config.ts";
import { processesToldOf } from "./process/told-of.ts";

it.each([
  { moment: "while MySQL is created", file: "orders-test-*/mysql/files.unfinished-*", signal: "SIGINT", code: 130 },
  {
    moment: "while a test runs a MySQL of its own",
    file: "orders-test-*/tmp/orders-databases-*/mysql.log",
    signal: "SIGTERM",
    code: 143,
  },
] as const)("npm test leaves nothing behind when it is interrupted $moment", async ({ file, signal, code }) => {
  const folder = await mkdtemp(join(tmpdir(), "orders-interrupted-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const words = [join(import.meta.dirname, "test.ts"), "infra/local/databases.test.ts"];
  const { environment, root } = readLocalConfig();
  const env = { ...environment, TMPDIR: folder, TEST_MYSQL_URL: "", TEST_REDIS_URL: "" };
  const child = spawn(process.execPath, words, { cwd: root, env, stdio: "ignore" });
  const ended = once(child, "close");
  await until(file, async () => globSync(file, { cwd: folder }).length > 0, 60_000);
  child.kill(signal);
  expect((await ended)[0]).toBe(code);
  // What was killed may take a moment to be gone.
  await until("nothing is left running", async () => processesToldOf(folder).length === 0);
  expect(await readdir(folder)).toEqual([]);
});
