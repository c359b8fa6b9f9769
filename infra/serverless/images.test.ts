import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { until } from "../../test/harness/until.ts";
import { emulatorAddress } from "../emulator/address.ts";
import { provideEmulator } from "../emulator/emulator-programs.ts";
import { emulatedAws } from "../emulator/serverless.ts";
import { readLocalConfig } from "../local/config.ts";
import { freePort } from "../local/ports.ts";
import { endGroup } from "../local/process/end.ts";

// CloudFormation and ECR are the emulator's; Docker, for which there would be no registry, is a program that notes what
// it is asked for.

interface Plugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly configurationVariablesSources: {
    readonly images: { resolve(request: object): Promise<{ value: string }> };
  };
}

// The plugin is plain JavaScript, as serverless loads it: what is used of it is told here.
const { default: Images } = (await import(new URL("./images.mjs", import.meta.url).href)) as {
  default: new (serverless: object, options: object, output: object) => Plugin;
};
const { ECRClient, PutImageCommand } = createRequire(createRequire(import.meta.url).resolve("serverless/package.json"))(
  "@aws-sdk/client-ecr",
);

const config = readLocalConfig();
const root = resolve(import.meta.dirname, "../..");
let folder: string;
let emulator: number;
let client: object;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orders-images-"));
  const programs = await provideEmulator(config);
  const port = { PORT_EMULATOR: await freePort() };
  const env = { ...config.environment, BIND_HOST: "127.0.0.1", GATEWAY_PORT: String(port.PORT_EMULATOR) };
  const options = { cwd: folder, env, detached: true, stdio: "ignore" } as const;
  emulator = spawn(join(programs, "python3"), ["-m", "ministack"], options).pid ?? 0;
  await until("the emulator answers", async () => (await fetch(`${emulatorAddress(port)}/_ministack/health`)).ok);
  const docker = join(folder, "docker");
  await writeFile(docker, `#!/bin/sh\necho "$@" >> ${folder}/docker.log\ncat > /dev/null\n`);
  await chmod(docker, 0o755);
  const settings = { ...emulatedAws(port), PATH: [folder, config.environment.PATH].join(delimiter) };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = { region: "us-east-1", endpoint: emulatorAddress(port), credentials };
}, 120_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  if (emulator > 0) await endGroup(emulator, 5_000);
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => rm(join(folder, "docker.log"), { force: true }));

/** The plugin in a stage of its own, with the tags that the sources make, and as packaged with these. */
async function plugin(stage: string, packaged: Readonly<Record<string, string>> = {}) {
  const provider = { getStage: () => stage, getAwsSdkV3Config: async () => client };
  const serverless = {
    ...{ serviceDir: root, classes: { Error }, getProvider: () => provider },
    service: { service: "orders", package: {} },
  };
  const images = new Images(serverless, { package: folder }, { log: { notice: () => {} }, writeText: () => {} });
  const { resolve } = images.configurationVariablesSources.images;
  const tagOf = async (address: string) => (await resolve({ address, resolveVariable: async () => "arm64" })).value;
  const tags = { gateway: await tagOf("gateway"), worker: await tagOf("worker"), ...packaged };
  const uris = Object.entries(tags).map(([name, tag]) => `registry/orders-${stage}-${name}:${tag}`);
  await writeFile(join(folder, "cloudformation-template-update-stack.json"), JSON.stringify(uris));
  return { hooks: images.hooks, tags };
}

async function dockerCommands(): Promise<string[]> {
  const text = await readFile(join(folder, "docker.log"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

function push(repositoryName: string, imageTag: string): Promise<unknown> {
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, config: {}, layers: [], imageTag });
  return new ECRClient(client).send(new PutImageCommand({ repositoryName, imageTag, imageManifest }));
}

const host = "000000000000.dkr.ecr.us-east-1.amazonaws.com";

it("makes the registry, and builds and pushes what is not in it", async () => {
  const { hooks, tags } = await plugin("first");
  await hooks["before:deploy:deploy"]?.();
  const gateway = `${host}/orders-first-gateway:${tags.gateway}`;
  const worker = `${host}/orders-first-worker:${tags.worker}`;
  const build = (name: string, argument: string, uri: string) =>
    expect.stringMatching(
      new RegExp(
        `^build --platform linux/arm64 --file infra/docker/${name}.Dockerfile .*${argument}=.* --tag ${uri} \\.$`,
      ),
    );
  expect(await dockerCommands()).toEqual([
    `login --username AWS --password-stdin ${host}`,
    build("gateway", "NODE_IMAGE", gateway),
    `push ${gateway}`,
    build("worker", "GO_IMAGE", worker),
    `push ${worker}`,
  ]);
});

it("builds nothing that is there already", async () => {
  const { hooks, tags } = await plugin("second");
  await hooks["before:deploy:deploy"]?.();
  await push("orders-second-gateway", tags.gateway);
  await rm(join(folder, "docker.log"));
  await hooks["before:deploy:deploy"]?.();
  expect((await dockerCommands()).join("\n")).not.toContain("gateway");
  await push("orders-second-worker", tags.worker);
  await rm(join(folder, "docker.log"));
  await hooks["before:deploy:deploy"]?.();
  expect(await dockerCommands()).toEqual([]);
});

it("does not deploy a package of other sources whose image is not there, and does when it is", async () => {
  const gateway = "0123456789abcdef";
  const { hooks, tags } = await plugin("third", { gateway });
  await expect(hooks["before:deploy:deploy"]?.()).rejects.toThrow(
    `made of other sources, and its image gateway:${gateway}`,
  );
  await push("orders-third-gateway", gateway);
  await push("orders-third-worker", tags.worker);
  await hooks["before:deploy:deploy"]?.();
  expect(await dockerCommands()).toEqual([]);
});

it("says what is wrong when Docker fails", async () => {
  const { hooks } = await plugin("fourth");
  const docker = join(folder, "docker");
  const program = await readFile(docker);
  await writeFile(docker, "#!/bin/sh\ncat > /dev/null\nexit 3\n");
  await expect(hooks["before:deploy:deploy"]?.()).rejects.toThrow("docker login failed: exit code 3. Docker must run");
  await writeFile(docker, program);
});

it("removes the registry with the stage, and minds nothing when there is none", async () => {
  const { hooks, tags } = await plugin("fifth");
  await hooks["before:deploy:deploy"]?.();
  await push("orders-fifth-gateway", tags.gateway);
  await hooks["after:remove:remove"]?.();
  await expect(push("orders-fifth-gateway", "0123456789abcdef")).rejects.toThrow("does not exist");
  await hooks["after:remove:remove"]?.();
});
