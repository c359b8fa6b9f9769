/** `npm run orders -- <command>`: the operators' CLI. Exit codes: 0 done, 1 failed, 2 wrong usage. */
import { Command, CommanderError } from "commander";
import { StartFailure } from "../infra/local/failure.ts";
import { archiveCommand } from "./commands/archive.ts";
import { cancelCommand } from "./commands/cancel.ts";
import { createCommand } from "./commands/create.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { listCommand } from "./commands/list.ts";
import { loadCommand } from "./commands/load.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { redriveCommand } from "./commands/redrive.ts";
import { showCommand } from "./commands/show.ts";
import { statsCommand } from "./commands/stats.ts";
import { topCommand } from "./commands/top.ts";
import { watchCommand } from "./commands/watch.ts";
import { whyCommand } from "./commands/why.ts";
import { examplesText } from "./examples.ts";
import { Failure } from "./failure.ts";
import { endWithReader } from "./output.ts";

const failed = 1;
const wrongUsage = 2;

const examples = [
  "create --item Laptop --price 1299.99",
  "list --status failed",
  "why 01a2090f-79ac-7a03-964f-3256223620c7",
  "load --rate 300 --seconds 60",
];

const groups: Readonly<Record<string, readonly Command[]>> = {
  "Orders:": [
    createCommand(),
    listCommand(),
    showCommand(),
    watchCommand(),
    whyCommand(),
    cancelCommand(),
    redriveCommand(),
  ],
  "The system:": [statsCommand(), topCommand(), loadCommand(), doctorCommand()],
  "Upkeep:": [migrateCommand(), archiveCommand()],
};

endWithReader();
const program = new Command("npm run orders --")
  .description("Operates the order system: on this machine, in the local AWS emulator, in the cloud.")
  .showHelpAfterError("(--help tells more)")
  .showSuggestionAfterError()
  .addHelpText("after", examplesText(examples))
  .addHelpText(
    "afterAll",
    "\nExit codes: 0 done; 1 failed, refused or not found; 2 wrong usage.\nColours on a terminal only, and none where NO_COLOR is set.",
  );
for (const [heading, commands] of Object.entries(groups)) {
  for (const command of commands) {
    program.addCommand(command.helpGroup(heading).copyInheritedSettings(program).exitOverride());
  }
}
program.exitOverride().helpCommand(false);

try {
  if (process.argv.length === 2) program.outputHelp();
  else await program.parseAsync();
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
