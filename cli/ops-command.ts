import { Command } from "commander";
import { examplesText } from "./examples.ts";
import type { TargetOptions } from "./target.ts";

/** The options of every command that invokes the `ops` function. */
export interface OpsOptions extends TargetOptions {
  readonly json?: boolean;
}

/** A command that invokes the `ops` function of a stage. */
export function opsCommand(name: string, examples: readonly string[]): Command {
  return new Command(name)
    .option("-s, --stage <stage>", "dev: npm start; local: the AWS emulator; any other: that stage in the cloud", "dev")
    .option(
      "-r, --region <region>",
      "AWS region of a stage in the cloud (default: AWS_REGION, AWS_DEFAULT_REGION, us-east-1)",
    )
    .option("--endpoint <url>", "address of the Lambda API, instead of the stage's own")
    .option("--json", "print the answer as JSON")
    .addHelpText("after", examplesText(examples));
}
