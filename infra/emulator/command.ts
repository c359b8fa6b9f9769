import { createTerminal, type Terminal } from "../local/console/terminal.ts";
import { StartFailure, Stopped } from "../local/failure.ts";

/** Runs a command of the local stack and ends this process with its exit code. */
export async function runCommand(work: (terminal: Terminal) => Promise<void>): Promise<never> {
  const terminal = createTerminal(process.stdout);
  // A terminal that was closed must not end this process before it has let go of what it holds.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  let code = 0;
  try {
    await work(terminal);
  } catch (error) {
    code = error instanceof Stopped ? 130 : 1;
    process.stderr.write(`${textOf(error)}\n`);
  }
  terminal.close();
  process.exit(code);
}

/** What a person can act on is shown as it is; anything else is a defect, and its stack tells where. */
function textOf(error: unknown): string {
  const isExplained = error instanceof StartFailure || error instanceof Stopped;
  return isExplained || !(error instanceof Error) ? String((error as Error).message ?? error) : (error.stack ?? "");
}
