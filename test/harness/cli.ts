import { execFile } from "node:child_process";
import { readLocalConfig } from "../../infra/local/config.ts";

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the operators' CLI as a process of its own.
 *
 * @param env beside PATH and HOME, the only variables that it inherits
 */
export function runOrders(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return runProgram(process.execPath, ["cli/main.ts", ...args], env);
}

/** Runs a command line of a shell, in which `$ORDERS` is the operators' CLI. */
export function runShell(commandLine: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  return runProgram("bash", ["-o", "pipefail", "-c", commandLine], {
    ...env,
    ORDERS: `${process.execPath} cli/main.ts`,
  });
}

function runProgram(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const { root, environment: inherited } = readLocalConfig();
  const { PATH = "", HOME = "" } = inherited;
  return new Promise((ended) => {
    execFile(program, args, { cwd: root, env: { PATH, HOME, ...env } }, (error, stdout, stderr) =>
      ended({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}
