/**
 * `npm run chaos:guards`: each guard of the promise is needed. Each patch here turns one off in a copy of the sources,
 * and the chaos suite, run in that copy, must find what then goes wrong.
 */
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { atEnd } from "../../../infra/local/process/at-end.ts";
import { run } from "../../../infra/local/process/run.ts";

const root = resolve(import.meta.dirname, "../../..");

interface Guard {
  /** Of its patch. */
  readonly name: string;
  /** The faults that it is needed for. */
  readonly faults: readonly string[];
  /** How many seconds they go on. */
  readonly seconds: number;
  /** Orders a second. */
  readonly rate: number;
  /** The kinds of problems of which the suite must find one. */
  readonly finds: readonly string[];
}

const guards: readonly Guard[] = [
  { name: "fence", rate: 60, faults: ["isolate-worker"], seconds: 60, finds: ["untrue", "illegal"] },
  { name: "lease", rate: 60, faults: ["kill-worker"], seconds: 20, finds: ["stuck"] },
  { name: "row-lock", rate: 200, faults: ["delay"], seconds: 40, finds: ["answered", "logged", "illegal"] },
  { name: "unique-key", rate: 60, faults: ["kill-http", "freeze-http"], seconds: 40, finds: ["doubled"] },
  { name: "repair-3", rate: 60, faults: ["flush-redis", "fill-redis"], seconds: 30, finds: ["stuck"] },
];

const wanted = process.argv.slice(2);
const chosen = guards.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length < Math.max(1, wanted.length)) {
  process.stderr.write(`There is one of these that is no guard: ${wanted.join(", ")}\n`);
  process.exit(2);
}
const seed = "20";
for (const guard of chosen) {
  const without = await runWithout(guard);
  process.stdout.write(`without ${guard.name}: ${without.told}\n`);
  if (!without.isFound) process.exitCode = 1;
}

/** Runs the suite in a copy without a guard. */
async function runWithout({ name, faults, seconds, rate, finds }: Guard): Promise<{ isFound: boolean; told: string }> {
  const copy = mkdtempSync(join(tmpdir(), `orders-without-${name}-`));
  const forget = atEnd(() => rmSync(copy, { recursive: true, force: true, maxRetries: 10 }));
  try {
    await copySources(copy);
    await must(run("git", ["apply", join(root, `test/chaos/guards/${name}.patch`)], { cwd: copy }));
    // What the migration runs is made of the .sql files.
    await must(run(process.execPath, ["core/db/embed-migrations.ts"], { cwd: copy }));
    const load = ["--seed", seed, "--seconds", String(seconds), "--rate", String(rate)];
    const options = [...load, "--settle", "30", "--faults", faults.join()];
    const { code, stdout, stderr } = await run(process.execPath, ["test/chaos/main.ts", ...options], { cwd: copy });
    const problems = stdout.split("\n").filter((line) => finds.some((kind) => line.startsWith(`  ${kind}: `)));
    if (code === 1 && problems.length > 0) return { isFound: true, told: `found, as in:${problems[0]}` };
    return { isFound: false, told: `NOT FOUND, exit code ${code}\n${stdout}${stderr}` };
  } finally {
    rmSync(copy, { recursive: true, force: true, maxRetries: 10 });
    forget();
  }
}

/** All that belongs to the repository, as it is now; the packages are shared. */
async function copySources(copy: string): Promise<void> {
  const words = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await must(run("git", words, { cwd: root }));
  for (const file of stdout.split("\0").filter((name) => name !== "" && existsSync(join(root, name)))) {
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
}

async function must<T extends { code: number | undefined; stderr: string }>(command: Promise<T>): Promise<T> {
  const finished = await command;
  if (finished.code !== 0) throw new Error(finished.stderr);
  return finished;
}
