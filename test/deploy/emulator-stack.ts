import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLocalConfig } from "../../infra/local/config.ts";
import { readEnvFile } from "../../infra/local/env-file.ts";

/** What a command printed, how it ended, and how long it took in milliseconds. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly tookMs: number;
}

const { environment, root } = readLocalConfig();
/** Not sources: what is made, what is kept, and what packages bring. */
const leftOut = new Set(["node_modules", ".git", ".orders", ".serverless", ".esbuild", "docs", "test"]);

/** A copy of the sources, which a test may change, and a state folder for the stack that is deployed from them. */
export class EmulatedStack {
  readonly folder: string;
  readonly sources: string;
  /** The folder of the running stack. */
  readonly stack: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.sources = join(folder, "sources");
    this.stack = join(folder, "state/local-stack");
    const { MYSQL_URL: _, REDIS_URL: __, ...inherited } = environment;
    const own = { ORDERS_STATE_DIR: join(folder, "state"), PORT_EMULATOR: "0" };
    const ports = { PORT_GRPC: "0", PORT_GATEWAY_METRICS: "0", PORT_WORKER_METRICS: "0" };
    this.#env = { ...inherited, ...ports, ...own, ...env };
  }

  static async create(env: Readonly<Record<string, string>> = {}): Promise<EmulatedStack> {
    const made = new EmulatedStack(await mkdtemp(join(tmpdir(), "orders-stack-")), env);
    for (const name of await readdir(root)) {
      if (!leftOut.has(name)) await cp(join(root, name), join(made.sources, name), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(made.sources, "node_modules"));
    return made;
  }

  /** Starts `deploy` or `remove`; collect what it prints with `endOf`. */
  spawn(command: "deploy" | "remove", words: readonly string[] = []): ChildProcess {
    return spawn(process.execPath, [join(this.sources, `infra/emulator/${command}.ts`), ...words], {
      ...{ cwd: this.sources, env: this.#env },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  run(command: "deploy" | "remove", words: readonly string[] = []): Promise<Ended> {
    return endOf(this.spawn(command, words));
  }

  /** The settings of the running stack. */
  get settings(): Readonly<Record<string, string>> {
    return readEnvFile(join(this.stack, "run/env"));
  }

  /** The pid of a component; undefined while it is being started again. */
  pid(component: string): number | undefined {
    try {
      return Number(readFileSync(join(this.stack, `run/${component}.pid`), "utf8")) || undefined;
    } catch {
      return undefined;
    }
  }

  /** Stops whatever runs, and removes the folder. */
  async destroy(): Promise<void> {
    await this.run("remove");
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Waits for a command's end and collects what it prints. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  const begun = performance.now();
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output, tookMs: performance.now() - begun };
}
