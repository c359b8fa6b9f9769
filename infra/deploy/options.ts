import { Command, InvalidArgumentError } from "commander";

/** What was asked for on the command line. */
export interface DeployOptions {
  readonly stage: string;
  readonly region: string;
  /** `key=value` each, of infra/aws/parameters.yml. */
  readonly parameters: readonly string[];
  /** Look and print, change nothing. */
  readonly isDry: boolean;
}

/** These run on the developer's own machine. */
const localStages: Readonly<Record<string, string>> = { dev: "npm start", local: "npm run deploy:local" };

/**
 * Reads the words after `npm run deploy --`; ends the process when they are not understood or ask for help.
 *
 * @param defaultRegion for when none is given
 */
export function readOptions(words: readonly string[], defaultRegion: string): DeployOptions {
  const command = new Command("npm run deploy --")
    .description("Deploys a stage to the AWS account of your credentials: checks, images, stack, migration.")
    .requiredOption("--stage <name>", "the stage, such as prod", stageName)
    .option("--region <name>", "the AWS region", defaultRegion)
    .option("--param <key=value...>", "parameters, see infra/aws/parameters.yml", [])
    .option("--dry-run", "check, and print what would be built; change nothing", false)
    .helpOption("--help", "say this")
    .allowExcessArguments(false)
    .parse(words, { from: "user" });
  const { stage, region, param, dryRun } = command.opts<{
    stage: string;
    region: string;
    param: string[];
    dryRun: boolean;
  }>();
  return { stage, region, parameters: param, isDry: dryRun };
}

function stageName(stage: string): string {
  const local = localStages[stage];
  if (local !== undefined) throw new InvalidArgumentError(`The stage ${stage} runs on your machine: ${local}.`);
  return stage;
}
