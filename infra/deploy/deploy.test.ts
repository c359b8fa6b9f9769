import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readLocalConfig } from "../local/config.ts";
import { quotaProblem, reservedConcurrency } from "./concurrency.ts";

const root = resolve(import.meta.dirname, "../..");

/** An environment in which nobody is known to AWS, and whose Docker is nowhere. */
const nobody = {
  ...Object.fromEntries(Object.entries(readLocalConfig().environment).filter(([name]) => !name.startsWith("AWS_"))),
  ...{ AWS_EC2_METADATA_DISABLED: "true", AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" },
  ...{ DOCKER_HOST: "unix:///dev/null", API_KEYS: "" },
};

async function deploy(words: string[], env: Record<string, string> = {}): Promise<{ code: number; text: string }> {
  const args = ["infra/deploy/deploy.ts", ...words];
  return promisify(execFile)(process.execPath, args, { cwd: root, env: { ...nobody, ...env } }).then(
    ({ stdout, stderr }) => ({ code: 0, text: stderr + stdout }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, text: stderr + stdout }),
  );
}

describe("npm run deploy", () => {
  it("asks for a stage", async () => {
    expect(await deploy([])).toMatchObject({ code: 1, text: expect.stringContaining("--stage <name>") });
  });

  it.each([
    ["dev", "npm start"],
    ["local", "npm run deploy:local"],
  ])("names the command of the stage %s", async (stage, command) => {
    const text = expect.stringContaining(`The stage ${stage} runs on your machine: ${command}.`);
    expect(await deploy(["--stage", stage])).toMatchObject({ code: 1, text });
  });

  it("tells all that is missing at once, and deploys nothing", async () => {
    const { code, text } = await deploy(["--stage", "prod"]);
    expect(code).toBe(1);
    expect(text).toMatch(/^Not deployed:\n- The configuration is not complete:\n {2}API_KEYS is missing/);
    expect(text).toContain("- Docker builds the images of gateway and worker, and must run: ");
    expect(text).toContain("- AWS does not answer in us-east-1: ");
    expect(text).not.toContain("Deploying");
  });

  it("tells of keys that no handler would start with", async () => {
    const { text } = await deploy(["--stage", "prod"], { API_KEYS: "shop:secret" });
    expect(text).toContain("API_KEYS is malformed: expected name:sha256hex");
    expect(text).not.toContain("shop:secret");
  });

  it("prints what it would build when it only looks", { timeout: 60_000 }, async () => {
    const env = { API_KEYS: `shop:${"0".repeat(64)}`, AWS_REGION: "eu-west-1" };
    const { code, text } = await deploy(["--stage", "look", "--dry-run", "--param", "workersMax=3"], env);
    expect(code).toBe(1);
    expect(text).toContain("- AWS does not answer in eu-west-1: ");
    expect(text).toMatch(
      /docker build --platform linux\/arm64 .* --tag <registry>\/orders-look-gateway:[0-9a-f]{16} \./,
    );
    expect(text).toMatch(/docker push <registry>\/orders-look-worker:[0-9a-f]{16}\n/);
  });
});

describe("the reservations", () => {
  it("are those of serverless.yml", async () => {
    expect(await reservedConcurrency(resolve(root, "serverless.yml"))).toBe(104);
  });

  it.each([
    ["fit", 98, 1_000, 1_000, undefined],
    ["fit exactly", 98, 198, 198, undefined],
    ["do not fit a new account", 98, 10, 10, "ask for 198 or more"],
    ["do not fit beside others", 98, 1_000, 150, "ask for 1048 or more"],
  ])("%s", (_what, needed, limit, unreserved, expected) => {
    const problem = quotaProblem(needed, limit, unreserved);
    if (expected === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(expected);
  });
});
