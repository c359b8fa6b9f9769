import type { Command } from "commander";
import { invokeOps } from "../invoke.ts";
import { type OpsOptions, opsCommand } from "../ops-command.ts";
import { printAnswer } from "../output.ts";
import { findTarget } from "../target.ts";

interface Migrated {
  readonly applied: readonly string[];
  readonly current: string;
}

/** `orders migrate` */
export function migrateCommand(): Command {
  return opsCommand("migrate", ["migrate", "migrate --stage prod --region eu-central-1"])
    .description("Bring the database up to the newest schema. Doing it again changes nothing.")
    .action(async (options: OpsOptions) => {
      const answer = (await invokeOps(findTarget(options), { operation: "migrate" })) as Migrated;
      await printAnswer(answer, options, ({ applied, current }) =>
        applied.length === 0 ? `up to date: ${current}` : `applied: ${applied.join(", ")}`,
      );
    });
}
