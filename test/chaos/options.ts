import { Command, InvalidArgumentError } from "commander";
import { kinds } from "./kinds.ts";

/** What a run is told. */
export interface ChaosOptions {
  readonly seed: number;
  readonly seconds: number;
  /** How long orders may take to end after the last fault, in seconds. */
  readonly settle: number;
  /** The time from one fault to the next, in seconds; 4 to 8 when absent. */
  readonly every?: number;
  /** The p99 that takeovers of a killed worker's orders may have, in seconds. */
  readonly takeover?: number;
  /** Orders a second. */
  readonly rate: number;
  readonly gateways: number;
  readonly workers: number;
  /** The kinds of faults. */
  readonly faults: readonly string[];
  /** Settings of every process. */
  readonly set: Readonly<Record<string, string>>;
}

const examples = `
Examples:
  npm run chaos                                   60 s with a seed of the moment
  npm run chaos -- --seed 7 --seconds 300         the faults of seed 7, again
  npm run chaos -- --faults kill-worker,isolate-worker
  npm run chaos -- --set LEASE_MS=3000 --set RELAY_INTERVAL_MS=250

The same seed and options plan the same faults at the same times; what they meet differs from run to run.
Exit code: 0 the promise was kept, 1 it was broken, 2 the run itself failed.`;

/** Reads the command line; ends the process with a message when it is not valid. */
export function readOptions(words: readonly string[], randomSeed: number): ChaosOptions {
  const program = new Command("npm run chaos --")
    .description(
      "Runs the whole system under load, breaks it again and again, and judges by what MySQL holds in the end.",
    )
    .option("--seed <number>", "chooses the faults, their times and the orders", whole(0, 2 ** 32 - 1), randomSeed)
    .option("--seconds <number>", "how long orders come and faults happen", whole(10, 86_400), 60)
    .option("--settle <number>", "within how many seconds every order must have ended after", whole(5, 3_600), 120)
    .option("--every <number>", "so many seconds from one fault to the next; 4 to 8 unless told", whole(1, 3_600))
    .option("--takeover <number>", "fails when the p99 of takeovers is over so many seconds", whole(1, 3_600))
    .option("--rate <number>", "orders a second", whole(5, 1_000), 60)
    .option("--gateways <number>", "how many gateways", whole(1, 9), 2)
    .option("--workers <number>", "how many workers", whole(1, 9), 3)
    .option("--faults <names>", "only these kinds, comma-separated", known, [...kinds.keys()])
    .option("--set <NAME=value>", "a setting of every process, such as LEASE_MS=3000", setting, {})
    .addHelpText("after", examples)
    .configureOutput({ outputError: (text, write) => write(text) })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  return program.parse(words, { from: "user" }).opts<ChaosOptions>();
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
  };
}

function known(text: string): readonly string[] {
  const names = text.split(",");
  const unknown = names.filter((name) => !kinds.has(name));
  if (unknown.length === 0) return names;
  throw new InvalidArgumentError(`there is no ${unknown.join(", ")}; there are ${[...kinds.keys()].join(", ")}`);
}

function setting(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("expected NAME=value");
  return { ...before, [name]: value };
}
