import { Command, InvalidArgumentError } from "commander";
import { type GrowthName, growthNames } from "./growth.ts";

/** What a run is told. */
export interface GrowthOptions {
  /** What is made to grow. */
  readonly only: readonly GrowthName[];
  /** How long a transaction holds MySQL's purge back, in minutes; 0 leaves it out. */
  readonly held: number;
  /** A checkout without telemetry, which that is compared with. */
  readonly before?: string;
}

const examples = `
Examples:
  npm run bench:growth                            everything: about 30 minutes, and 5 GB of disk
  npm run bench:growth -- --only work --held 0    one of them

Results go to bench/results/growth/ and the plots of docs/performance/.`;

/** Reads the command line; ends the process with a message when it is not valid. */
export function readOptions(words: readonly string[]): GrowthOptions {
  const program = new Command("npm run bench:growth --")
    .description(
      "Measures how the drain rate changes with what waits, what is there, replicas, work, telemetry, and a held purge.",
    )
    .option("--only <names>", `only these, comma-separated: ${growthNames.join(", ")}`, known, growthNames)
    .option("--held <minutes>", "how long a transaction holds the purge back; 0: not at all", minutes, 10)
    .option("--before <folder>", "a checkout without telemetry, with its node_modules, to compare with")
    .addHelpText("after", examples)
    .configureOutput({ outputError: (text, write) => write(text) })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  return program.parse(words, { from: "user" }).opts<GrowthOptions>();
}

function known(text: string): readonly GrowthName[] {
  return text
    .split(",")
    .filter((name) => name !== "none")
    .map((name) => {
      const found = growthNames.find((one) => one === name);
      if (found !== undefined) return found;
      throw new InvalidArgumentError(`there is no ${name}; there are ${growthNames.join(", ")}, and none`);
    });
}

function minutes(text: string): number {
  const value = Number(text);
  if (/^\d{1,3}$/.test(text)) return value;
  throw new InvalidArgumentError("expected a whole number of minutes");
}
