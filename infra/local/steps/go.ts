import { join } from "node:path";
import { StartFailure } from "../failure.ts";
import { findExecutable, lastLines, run } from "../process/run.ts";

const oldest = { major: 1, minor: 25 };

/** Finds a Go that is new enough, on PATH or where its installer puts it. Throws a StartFailure when there is none. */
export async function findGo(searchPath: string[]): Promise<string> {
  const found: string[] = [];
  for (const folder of new Set([...searchPath, "/usr/local/go/bin"])) {
    const go = await findExecutable("go", [folder]);
    if (go === undefined) {
      continue;
    }
    const { stdout } = await run(go, ["version"], { timeoutMs: 20_000 });
    if (isNewEnough(stdout)) {
      return go;
    }
    found.push(`${go} is ${/go\d[\w.]*/.exec(stdout)?.[0] ?? "of an unknown version"}`);
  }
  const wanted = `Go ${oldest.major}.${oldest.minor} or later is needed to build the worker`;
  const remedy = "Install it from https://go.dev/dl and put its bin folder on PATH.";
  throw new StartFailure(
    `${wanted}, and ${found.length === 0 ? "no go was found on PATH" : found.join(", ")}. ${remedy}`,
  );
}

/** Whether this is what `go version` prints for a Go that is new enough. */
export function isNewEnough(versionText: string): boolean {
  const match = /\bgo(\d+)\.(\d+)/.exec(versionText);
  if (match === null) {
    return /\bdevel\b/.test(versionText);
  }
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > oldest.major || (major === oldest.major && minor >= oldest.minor);
}

/** Builds the worker and returns the path of its binary. Go's own cache makes an unchanged build fast. */
export async function buildWorker(options: {
  go: string;
  root: string;
  binDir: string;
  env: Record<string, string>;
  /** Go build tags: tests build a worker whose orders can misbehave. */
  tags?: string | undefined;
}): Promise<string> {
  const { go, root, binDir, env, tags = "" } = options;
  const binary = join(binDir, "worker");
  const words = ["build", "-tags", tags, "-o", binary, "."];
  const { code, stdout, stderr } = await run(go, words, { cwd: join(root, "worker-go"), env });
  if (code !== 0) {
    throw new StartFailure(`The worker does not build (go build in worker-go):\n${lastLines(stdout + stderr, 20)}`);
  }
  return binary;
}
