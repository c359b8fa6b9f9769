import { lastLines, run } from "../../../infra/local/process/run.ts";

/** A Docker engine that answers, and how its client is run. */
export interface Engine {
  /** What it is, for whoever reads the test's output. */
  readonly description: string;
  /** Words before the client's own arguments; they may be followed by variables, `NAME=value`, and `docker`. */
  readonly client: readonly string[];
  /** The repository's folder as the client sees it. */
  readonly repository: string;
  /** A temporary folder, as the test and as the client sees it. */
  readonly temporary: { readonly here: string; readonly there: string };
  /** Compose files that it needs beside the project's own, and their variables. */
  readonly composeFiles: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Ends it when it was started by the test. */
  stop(): Promise<void>;
}

/** Runs the client of an engine, such as `docker(engine, ["ps"])`; answers what it printed. Throws when it fails. */
export async function docker(
  engine: Engine,
  args: readonly string[],
  options: { variables?: Readonly<Record<string, string>>; timeoutMs?: number } = {},
): Promise<string> {
  const variables = Object.entries({ ...engine.variables, ...options.variables });
  const [command = "", ...words] = engine.client;
  const assigned = variables.map(([name, value]) => `${name}=${value}`);
  const { timeoutMs = 60_000 } = options;
  const { code, stdout, stderr } = await run(command, [...words, ...assigned, "docker", ...args], { timeoutMs });
  if (code !== 0) {
    const why = code === undefined ? `did not end within ${timeoutMs / 1000} s` : `failed with exit code ${code}`;
    throw new Error(`docker ${args.join(" ")} ${why}:\n${lastLines(`${stdout}\n${stderr}`, 60)}`);
  }
  return stdout;
}
