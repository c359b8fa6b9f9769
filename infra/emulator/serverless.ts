import { cp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join, relative } from "node:path";
import type { LocalConfig } from "../local/config.ts";
import { StartFailure } from "../local/failure.ts";
import { functionsEnvironment } from "../local/mysql/urls.ts";
import { lastLines, run } from "../local/process/run.ts";
import { type EmulatorPort, emulatorAddress, emulatorPort } from "./address.ts";
import type { StackDir } from "./stack-dir.ts";

/** What a deployment to the emulator works with. */
export interface Deployment {
  config: LocalConfig;
  stack: StackDir;
  /** The settings of the running stack. */
  settings: Readonly<Record<string, string>>;
}

/** How long serverless may take, in milliseconds; its plugin gives up on the stack before. */
const timeoutMs = 240_000;

/** The SDK's settings for the emulator, which takes any credentials. */
export function emulatedAws(port: EmulatorPort): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: emulatorAddress(port),
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    // Whatever a developer's own files say is about real accounts.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** Deploys the sources as they are now. Throws a StartFailure with what serverless said. */
export async function deployStack(deployment: Deployment): Promise<void> {
  await serverless(deployment, ["deploy"]);
  const { config, stack } = deployment;
  const unfinished = `${stack.deployed}.new`;
  for (const folder of [unfinished, stack.deployed]) await rm(folder, { recursive: true, force: true });
  await cp(join(config.root, ".serverless"), unfinished, { recursive: true });
  await rename(unfinished, stack.deployed);
}

/** Deploys once more what was deployed last, as it was then. */
export async function redeployStack(deployment: Deployment): Promise<void> {
  await serverless(deployment, ["deploy", "--package", deployment.stack.deployed]);
}

/** Removes the stack from the emulator; does nothing where there is none. */
export async function removeStack(deployment: Deployment): Promise<void> {
  await serverless(deployment, ["remove"]);
}

/** The id of the stack's API, as infra/serverless/emulator.mjs has set it. */
export async function deployedApiId({ deployed }: Pick<StackDir, "deployed">): Promise<string> {
  const template = JSON.parse(await readFile(join(deployed, "cloudformation-template-update-stack.json"), "utf8"));
  return template.Resources.HttpApi.Properties.Tags["ms-custom-id"];
}

async function serverless(deployment: Deployment, words: string[]): Promise<void> {
  const { config, stack } = deployment;
  const program = join(config.root, "node_modules/serverless/bin/serverless.js");
  const args = [program, ...words, "--stage", "local", "--verbose"];
  const ended = await run(process.execPath, args, { cwd: config.root, env: environment(deployment), timeoutMs });
  const log = stack.log("deploy");
  await writeFile(log, ended.stderr + ended.stdout, { mode: 0o600 });
  if (ended.code === 0) return;
  const how = ended.code === undefined ? `did not end within ${timeoutMs / 1000} s` : "failed";
  throw new StartFailure(
    `serverless ${words[0]} ${how}; all that it said is in ${log}:\n${lastLines(ended.stdout.trim() || ended.stderr, 20)}`,
  );
}

/** Nothing of a real AWS account, such as a profile or the endpoint of one service, gets through to the emulator. */
function environment({ config, stack, settings }: Deployment): Record<string, string> {
  const inherited = Object.entries(config.environment).filter(([name]) => !name.startsWith("AWS_"));
  return {
    ...functionsEnvironment({ ...Object.fromEntries(inherited), ...settings }),
    ...emulatedAws(emulatorPort(settings)),
    PATH: [dirname(process.execPath), config.environment.PATH].join(delimiter),
    // Each of the emulator's Lambda processes serves one request at a time, as in the cloud.
    MYSQL_CONNECTIONS: "1",
    ORDERS_BUNDLE_DIR: relative(config.root, stack.bundles),
  };
}
