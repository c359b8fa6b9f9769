import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { readLocalConfig } from "../local/config.ts";

const root = resolve(import.meta.dirname, "../..");
const serverless = join(root, "node_modules/serverless/bin/serverless.js");
const key = `shop:${"0".repeat(64)}`;

/** Runs serverless as far as every command goes. Answers what it says, and whether it went on. */
async function load(stage: string, keys: string, command = "print"): Promise<{ isLoaded: boolean; text: string }> {
  const urls = { MYSQL_URL: "mysql://user@localhost/orders", REDIS_URL: "redis://localhost" };
  const { environment } = readLocalConfig();
  const nobody = {
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
  const env = { ...environment, ...nobody, ...urls, API_KEYS: keys };
  return promisify(execFile)(process.execPath, [serverless, ...command.split(" "), "--stage", stage], {
    cwd: root,
    env,
  }).then(
    ({ stdout }) => ({ isLoaded: true, text: stdout }),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ isLoaded: false, text: stdout + stderr }),
  );
}

it.each(["", "shop:secret"])("a cloud stage with the keys '%s' is refused, with what to do", async (keys) => {
  const { isLoaded, text } = await load("prod", keys);
  expect(isLoaded).toBe(false);
  expect(text).toContain("The stage prod needs API keys: set API_KEYS to name:sha256hex");
});

it.each([
  { stage: "prod", keys: key },
  { stage: "dev", keys: "" },
  { stage: "local", keys: "" },
])("the stage $stage with the keys '$keys' is not", async ({ stage, keys }) => {
  expect(await load(stage, keys)).toMatchObject({ isLoaded: true });
});

it.each(["remove", "rollback --timestamp 1", "deploy list"])("%s needs none", async (command) => {
  const { text } = await load("prod", "", command);
  expect(text).not.toContain("needs API keys");
  expect(text).toMatch(/credentials/i);
});
