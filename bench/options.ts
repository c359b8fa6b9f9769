import { Command, InvalidArgumentError } from "commander";

/** What a run is told. */
export interface BenchOptions {
  /** How often each system is measured. */
  readonly repeats: number;
  /** The names of the systems to measure. */
  readonly systems: readonly string[];
  /** Everything once and short, to see that it works: its figures say nothing. */
  readonly quick: boolean;
  /** Whether to measure what only this system has: handler, cold start, bundles, batches, pages. */
  readonly own: boolean;
}

const examples = `
Examples:
  npm run bench                                   everything: about 13 minutes
  npm run bench -- --quick                        whether it works: a minute
  npm run bench -- --systems orders,raw --no-own  the drain against its limit

Results go to bench/results/. Every system stands on the same MySQL, with durable defaults, and the same Redis.
Exit code: 0 everything was measured, 2 the run itself failed. A goal that is missed is told, and is no failure.`;

/** Reads the command line; ends the process with a message when it is not valid. */
export function readOptions(words: readonly string[], systems: readonly string[]): BenchOptions {
  const program = new Command("npm run bench --")
    .description("Measures this system beside what people would use instead, in one run on one machine.")
    .option("--repeats <number>", "how often each system is measured", whole(1, 20), 3)
    .option("--systems <names>", `only these, comma-separated: ${systems.join(", ")}`, known(systems), systems)
    .option("--quick", "everything once and short; its figures say nothing", false)
    .option("--no-own", "leaves out what only this system has: handler, cold start, bundles, batches, pages")
    .addHelpText("after", examples)
    .configureOutput({ outputError: (text, write) => write(text) })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  return program.parse(words, { from: "user" }).opts<BenchOptions>();
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
  };
}

function known(names: readonly string[]): (text: string) => readonly string[] {
  return (text) => {
    const asked = text.split(",");
    const unknown = asked.find((name) => !names.includes(name));
    if (unknown === undefined) return asked;
    throw new InvalidArgumentError(`there is no system ${unknown}; there are ${names.join(", ")}`);
  };
}
