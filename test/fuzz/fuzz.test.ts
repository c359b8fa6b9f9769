import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { readLocalConfig } from "../../infra/local/config.ts";
import { pythonPrograms } from "../../infra/local/packages/python.ts";
import { useSystem } from "../harness/system.ts";

const key = "fuzz-me";
const system = useSystem({ API_KEYS: `fuzzer:${createHash("sha256").update(key).digest("hex")}` });

/** Enough for over 3,000 requests. */
const examplesPerOperation = 250;

/** Chosen anew for each run; a run that failed is repeated with the seed that it printed. */
const seed = Math.floor(Math.random() * 1_000_000);

test("schemathesis finds no answer that the OpenAPI document does not allow", async () => {
  const { cacheDir, environment } = readLocalConfig();
  const folder = import.meta.dirname;
  const programs = await pythonPrograms(cacheDir, join(folder, "requirements.txt"), "The fuzzer");
  const { stdout } = await promisify(execFile)(
    join(programs, "python3"),
    [
      ...["-m", "schemathesis.cli", "--config-file", join(folder, "schemathesis.toml")],
      ...["run", `${system.url}/openapi.json`, "--checks", "all", "--continue-on-failure", "--no-color"],
      ...["--max-examples", String(examplesPerOperation), "--workers", "2", "--seed", String(seed)],
      ...["--header", `Authorization: Bearer ${key}`],
    ],
    { cwd: folder, env: { ...environment, SCHEMATHESIS_HOOKS: "hooks", PYTHONPATH: folder }, maxBuffer: 2 ** 26 },
  ).catch((error: { stdout?: string }) => {
    throw new Error(`schemathesis failed (seed ${seed}):\n${error.stdout ?? String(error)}`);
  });
  const requests = Number(/(\d+) generated/.exec(stdout)?.[1]);
  process.stdout.write(`schemathesis: ${requests} requests, seed ${seed}: nothing found\n`);
  expect(requests).toBeGreaterThan(3_000);
});
