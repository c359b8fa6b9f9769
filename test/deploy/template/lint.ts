import { join } from "node:path";
import { readLocalConfig } from "../../../infra/local/config.ts";
import { pythonPrograms } from "../../../infra/local/packages/python.ts";
import { lastLines, run } from "../../../infra/local/process/run.ts";

interface Match {
  readonly Filename: string;
  readonly Level: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

/** The regions whose schemas and values must fit. */
const regions = ["us-east-1", "eu-central-1"];

/** What is passed over, by rule, place and message, and why. */
const accepted: readonly {
  readonly rule: string;
  readonly path: RegExp;
  readonly message: RegExp;
  readonly why: string;
}[] = [
  {
    rule: "W3005",
    path: /^Resources\/(\w+LambdaFunction|HttpApiStage|HttpApiRoute\w+)\/DependsOn/,
    message: /dependency already enforced/,
    why: "serverless writes these resources itself, with a DependsOn beside each reference; it does no harm",
  },
];

/**
 * What cfn-lint says of templates, a line each, sorted: errors and warnings. It knows the schema of every resource type in
 * CloudFormation's registry, by region.
 */
export async function lint(files: readonly string[]): Promise<string[]> {
  return (await matchesIn(files))
    .filter(({ Level }) => Level !== "Informational")
    .map(({ Filename, Level, Rule, Location, Message }) => ({
      ...{ rule: Rule.Id, path: (Location.Path ?? []).join("/"), message: Message },
      line: `${Filename}: ${Level} ${Rule.Id} at ${(Location.Path ?? []).join("/")}: ${Message}`,
    }))
    .filter((found) => !accepted.some((one) => isAccepted(found, one)))
    .map(({ line }) => line)
    .toSorted();
}

function isAccepted(found: { rule: string; path: string; message: string }, one: (typeof accepted)[number]): boolean {
  return found.rule === one.rule && one.path.test(found.path) && one.message.test(found.message);
}

async function matchesIn(files: readonly string[]): Promise<Match[]> {
  const { root, cacheDir, environment } = readLocalConfig();
  const programs = await pythonPrograms(cacheDir, join(root, "test/deploy/requirements.txt"), "Checking the template");
  // Called by its module: the programs in the environment name the folder that it was made in.
  const program = ["-c", "from cfnlint.runner import main; main()"];
  const words = [...program, "--format", "json", "--regions", ...regions, "--", ...files];
  const { code, stdout, stderr } = await run(join(programs, "python3"), words, { cwd: root, env: environment });
  // The bits 2, 4 and 8 say that there are errors, warnings and notes; anything else that cfn-lint itself failed.
  if (code === undefined || (code & ~14) !== 0) throw new Error(`cfn-lint failed:\n${lastLines(stdout + stderr, 20)}`);
  return JSON.parse(stdout);
}
