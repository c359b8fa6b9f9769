/**
 * `npm run deploy -- --stage prod`: what `npx serverless deploy --stage prod` does, after checks of what it would
 * otherwise fail of half-way, on Node 24.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { readLocalConfig } from "../local/config.ts";
import { StartFailure } from "../local/failure.ts";
import { problemsOf } from "./checks.ts";
import { type DeployOptions, readOptions } from "./options.ts";

const { root, environment } = readLocalConfig();

async function main(): Promise<void> {
  const { AWS_REGION, AWS_DEFAULT_REGION } = environment;
  const options = readOptions(process.argv.slice(2), AWS_REGION || AWS_DEFAULT_REGION || "us-east-1");
  const problems = await problemsOf(options, environment, join(root, "serverless.yml"));
  if (problems.length > 0) {
    const text = `Not deployed:\n${problems.map((problem) => `- ${problem}`).join("\n")}`;
    if (!options.isDry) throw new StartFailure(text);
    process.stderr.write(`${text}\n`);
    process.exitCode = 1;
  }
  await serverless(options.isDry ? "images" : "deploy", options);
}

/** Runs serverless to its end, in this terminal. */
async function serverless(command: string, { stage, region, parameters }: DeployOptions): Promise<void> {
  const program = join(root, "node_modules/serverless/bin/serverless.js");
  const words = [
    command,
    "--stage",
    stage,
    "--region",
    region,
    ...parameters.map((parameter) => `--param=${parameter}`),
  ];
  const child = spawn(process.execPath, [program, ...words], { cwd: root, env: environment, stdio: "inherit" });
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  // What was wrong it has said itself.
  if (code !== 0) process.exit(code);
}

// Ctrl-C reaches serverless as well, which ends in its own way.
process.on("SIGINT", () => {});
try {
  await main();
} catch (error) {
  if (!(error instanceof StartFailure)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
