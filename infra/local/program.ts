import { spawnSync } from "node:child_process";
import { isAbsolute, join } from "node:path";
import type { ServerRoot } from "./packages/server-root.ts";
import { run } from "./process/run.ts";

/** Where a server's program comes from. */
export type Program =
  | { kind: "binary"; path: string }
  | { kind: "packages"; root: ServerRoot; path: string }
  | { kind: "docker"; docker: string; image: string; entrypoint: string };

/** A command whose process is the server itself, or the Docker client attached to the server's container. */
export interface Launch {
  command: string;
  args: string[];
  /** Removes what an earlier run may have left behind; to be called before each start and after each end. */
  clear?: () => Promise<void>;
  /** Kills the server where that is more than to kill the process; returns when it is done. */
  kill?: () => void;
  /** The server's own process id where it differs from the started one and is visible on this machine. */
  servingPid?: () => Promise<number | undefined>;
}

/** How a container reaches the machine. */
export interface ContainerOptions {
  name: string;
  /** A folder that the container sees under the same path. */
  folder: string;
  /** The port that is published on the loopback address under the same number; none while initialising. */
  port?: number;
}

/** The command that runs a program with these arguments. `container` matters to Docker only. */
export function launch(program: Program, args: string[], container: ContainerOptions): Launch {
  switch (program.kind) {
    case "binary":
      return { command: program.path, args };
    case "packages": {
      const { root, path } = program;
      return { command: root.loader, args: ["--library-path", root.libraryPath, join(root.folder, path), ...args] };
    }
    case "docker":
      return inDocker(program, args, container);
  }
}

/** The address to listen on: a container's loopback address could not be published. */
export function bindAddress(program: Program): string {
  return program.kind === "docker" ? "0.0.0.0" : "127.0.0.1";
}

/** The path of Docker's client when a Docker engine answers. */
export async function findDocker(candidate: string | undefined): Promise<string | undefined> {
  if (candidate === undefined || !isAbsolute(candidate)) {
    return undefined;
  }
  const info = await run(candidate, ["info", "--format", "{{.ServerVersion}}"], { timeoutMs: 10_000 });
  return info.code === 0 && info.stdout.trim() !== "" ? candidate : undefined;
}

function inDocker(program: Program & { kind: "docker" }, args: string[], container: ContainerOptions): Launch {
  const { docker, image, entrypoint } = program;
  const { name, folder, port } = container;
  // The server runs as the person who started it, so that the files in the state folder are theirs.
  const user = process.getuid && process.getgid ? ["--user", `${process.getuid()}:${process.getgid()}`] : [];
  const publish = port === undefined ? [] : ["--publish", `127.0.0.1:${port}:${port}`];
  const volume = ["--volume", `${folder}:${folder}`];
  return {
    command: docker,
    args: ["run", "--rm", "--name", name, ...user, ...publish, ...volume, "--entrypoint", entrypoint, image, ...args],
    clear: async () => {
      await run(docker, ["rm", "--force", name], { timeoutMs: 30_000 });
    },
    kill: () => void spawnSync(docker, ["kill", name], { stdio: "ignore", timeout: 10_000 }),
    servingPid: () => containerPid(docker, name, entrypoint),
  };
}

/** On a desktop machine the engine lives in a virtual machine and its process ids mean nothing here. */
async function containerPid(docker: string, name: string, entrypoint: string): Promise<number | undefined> {
  const { stdout } = await run(docker, ["inspect", "--format", "{{.State.Pid}}", name], { timeoutMs: 10_000 });
  const pid = Number.parseInt(stdout, 10);
  const seen = pid > 0 ? await run("ps", ["-o", "comm=", "-p", String(pid)]) : undefined;
  return seen?.stdout.trim() === entrypoint ? pid : undefined;
}
