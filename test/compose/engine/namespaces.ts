import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalConfig } from "../../../infra/local/config.ts";
import { withLogFile } from "../../../infra/local/process/log-file.ts";
import { run } from "../../../infra/local/process/run.ts";
import { until } from "../../../infra/local/process/wait.ts";

/** How long the engine may take to end its containers and itself, in milliseconds. */
const graceMs = 30_000;

/** A Docker engine's processes and mounts, apart from those of the machine. */
export interface Namespaces {
  /** Of its network bridge and of its control groups: what the kernel does not remove with the processes. */
  readonly name: string;
  /** The engine's state on this machine; it sees the folder as /state. */
  readonly state: string;
  readonly logFile: string;
  /** Words before a command that is to run in there. */
  readonly enter: readonly string[];
  /** Aborted when the engine has ended. */
  readonly ended: AbortSignal;
  /** Ends all processes in there and leaves nothing. */
  stop(): Promise<void>;
}

/** Starts the engine of a tree of packages by guard.sh. It ends with this process at the latest, however that ends. */
export async function startInNamespaces(tree: string, config: LocalConfig): Promise<Namespaces> {
  // A network device's name has at most 15 characters.
  const name = `orders-${randomBytes(3).toString("hex")}`;
  const state = join(config.cacheDir, `docker-${name}`);
  await mkdir(state, { recursive: true, mode: 0o700 });
  const logFile = join(state, "dockerd.log");
  const script = [join(import.meta.dirname, "guard.sh"), tree, state, config.root, name];
  const guard = withLogFile(logFile, (log) =>
    spawn("sh", script, {
      // Nothing of the environment but how the internet is reached: its TMPDIR, say, is no folder of the tree.
      env: pick(config.environment, "PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
      stdio: ["pipe", log, log],
      // A group of its own: what ends the tests must not end it before it has cleaned up.
      detached: true,
    }),
  );
  const ended = new AbortController();
  const closed = once(guard, "close").finally(() => ended.abort(new Error("the Docker engine ended")));
  const look = async () => {
    const pid = (await readFile(join(state, "pid"), "utf8")).trim();
    // unshare itself stays in the process namespace of this machine.
    return ["nsenter", `--target=${pid}`, "--mount", "--root", `--pid=/proc/${pid}/ns/pid_for_children`, "--"];
  };
  const enter = await until(look, { timeoutMs: 10_000, what: "the Docker engine was not started" });
  const stop = async () => {
    const [command = "", ...words] = enter;
    await run(command, [...words, "kill", "-TERM", "1"], { timeoutMs: 5_000 });
    const timer = setTimeout(() => guard.stdin?.end(), graceMs);
    await closed;
    clearTimeout(timer);
  };
  return { name, state, logFile, enter, ended: ended.signal, stop };
}

function pick(env: Readonly<Record<string, string>>, ...names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
