import { spawn } from "node:child_process";

/**
 * The commands that make an image and bring it to its registry.
 *
 * @param {{dockerfile: string, platform: string, buildArguments: Record<string, string>}} image
 * @param {string} uri registry/repository:tag
 * @returns {string[][]}
 */
export function imageCommands({ dockerfile, platform, buildArguments }, uri) {
  const settings = Object.entries(buildArguments).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  return [
    ["docker", "build", "--platform", platform, "--file", dockerfile, ...settings, "--tag", uri, "."],
    ["docker", "push", uri],
  ];
}

/** The command that lets Docker push; the password is its input. */
export function loginCommand(username, registry) {
  return ["docker", "login", "--username", username, "--password-stdin", registry];
}

/**
 * Runs a command; its output goes to stderr, so that it is seen and no part of what is printed.
 *
 * @param {string[]} command
 * @param {{cwd?: string, input?: string}} options
 * @throws it cannot be started or fails
 */
export async function run([program, ...words], { cwd, input } = {}) {
  const child = spawn(program, words, { cwd, stdio: [input === undefined ? "ignore" : "pipe", 2, 2] });
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  const { code, signal, error } = await new Promise((resolve) => {
    child.once("error", (error) => resolve({ error }));
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  if (code === 0) return;
  const reason = error?.message ?? (signal === null ? `exit code ${code}` : signal);
  throw new Error(`${program} ${words[0]} failed: ${reason}`, { cause: error });
}
