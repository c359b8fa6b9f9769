import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalConfig } from "../../../infra/local/config.ts";
import { findExecutable } from "../../../infra/local/process/run.ts";
import { findDocker } from "../../../infra/local/program.ts";
import { docker, type Engine } from "./engine.ts";
import { startEngine } from "./start.ts";

/** What the client of a running engine needs to know; settings of the system under test are none of it. */
const clientVariables = ["PATH", "HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"];

/** The Docker engine that answers on this machine, or one that is started for the test. */
export async function findEngine(config: LocalConfig, report: (line: string) => void): Promise<Engine> {
  const path = await findDocker(await findExecutable("docker", config.searchPath));
  if (path === undefined) return startEngine(config, report);
  const folder = await mkdtemp(join(tmpdir(), "orders-compose-"));
  const known = clientVariables.filter((name) => config.environment[name] !== undefined);
  const engine: Engine = {
    description: "the Docker engine of this machine",
    client: ["env", "--ignore-environment"],
    repository: config.root,
    temporary: { here: folder, there: folder },
    composeFiles: [],
    variables: Object.fromEntries(known.map((name) => [name, config.environment[name] ?? ""])),
    stop: () => rm(folder, { recursive: true, force: true }),
  };
  await docker(engine, ["compose", "version"]).catch((cause: unknown) => {
    throw new Error("This Docker has no compose of version 2: install the plugin docker-compose-v2.", { cause });
  });
  return engine;
}

/** The names of the base images in `.env`, by their variables. */
export async function baseImages(config: LocalConfig): Promise<Record<string, string>> {
  const lines = (await readFile(join(config.root, ".env"), "utf8")).matchAll(/^(\w+_IMAGE)=(.+)$/gm);
  return Object.fromEntries(Array.from(lines, ([, name = "", image = ""]) => [name, image]));
}

/** Whether the engine has each of the images or can fetch it. Answers within seconds. */
export async function canHave(engine: Engine, images: readonly string[]): Promise<boolean> {
  const timeoutMs = 8_000;
  const had = images.map((image) =>
    docker(engine, ["image", "inspect", image])
      .catch(() => docker(engine, ["manifest", "inspect", image], { timeoutMs }))
      .then(() => true),
  );
  return Promise.all(had)
    .catch(() => false)
    .then((all) => all !== false);
}
