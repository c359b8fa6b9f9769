/** `npm run orders -- <command>`: the operators' CLI. Exit codes: 0 done, 1 failed, 2 wrong usage. */
import { Command, CommanderError } from "commander";
import { StartFailure } from "../infra/local/failure.ts";
import { archiveCommand } from "./commands/archive.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { redriveCommand } from "./commands/redrive.ts";
import { Failure } from "./failure.ts";

const failed = 1;
const wrongUsage = 2;

const program = new Command("orders")
  .description("Operates the order system: on this machine, in the local AWS emulator, in the cloud.")
  .showHelpAfterError("(--help tells more)")
  .showSuggestionAfterError();
for (const command of [doctorCommand(), migrateCommand(), redriveCommand(), archiveCommand()]) {
  program.addCommand(command.copyInheritedSettings(program).exitOverride());
}

try {
  await program.exitOverride().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  // Commander has said already what is wrong, or has helped.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUsage;
  const isExplained = error instanceof Failure || error instanceof StartFailure;
  process.stderr.write(`${isExplained ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  return failed;
}
