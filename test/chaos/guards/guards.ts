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
  /** What the suite must find. */
  readonly finds: RegExp;
}

const guards: readonly Guard[] = [
  { name: "fence", rate: 60, faults: ["isolate-worker"], seconds: 60, finds: /^(untrue|illegal): / },
  { name: "lease", rate: 60, faults: ["kill-worker"], seconds: 20, finds: /^stuck: / },
  { name: "row-lock", rate: 200, faults: ["slow"], seconds: 40, finds: /^illegal: |order_events\.PRIMARY/ },
  { name: "unique-key", rate: 60, faults: ["kill-http", "freeze-http"], seconds: 40, finds: /^doubled: .* of one key/ },
  { name: "repair-3", rate: 60, faults: ["flush-redis", "fill-redis"], seconds: 30, finds: /^stuck: / },
];

const wanted = process.argv.slice(2);
const chosen = guards.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length < Math.max(1, wanted.length)) {
  process.stderr.write(`There is one of these that is no guard: ${wanted.join(", ")}\n`);
  process.exit(2);
}
const seed = "20";
for (const guard of chosen) {
  const told = await trial(guard);
  process.stdout.write(`${guard.name}: ${told.what}\n`);
  if (!told.isNeeded) process.exitCode = 1;
}

/** The same run with all guards, which must find nothing, and without this one, which must find what goes wrong. */
async function trial(guard: Guard): Promise<{ isNeeded: boolean; what: string }> {
  const control = await runCopy(guard, false);
  if (control.code !== 0) {
    return { isNeeded: false, what: `SOMETHING IS WRONG ALSO WITH IT, exit code ${control.code}\n${control.output}` };
  }
  const { code, output } = await runCopy(guard, true);
  const lines = output.split("\n").map((line) => line.trimStart());
  const found = code === 1 ? lines.find((line) => guard.finds.test(line)) : undefined;
  if (found !== undefined) return { isNeeded: true, what: `needed; without it ${found}` };
  return { isNeeded: false, what: `NOT MISSED, exit code ${code}\n${output}` };
}

/** Runs the suite in a copy of the sources, with or without a guard. */
async function runCopy(guard: Guard, isWithout: boolean): Promise<{ code: number | undefined; output: string }> {
  const { name, faults, seconds, rate } = guard;
  const copy = mkdtempSync(join(tmpdir(), `orders-guard-${name}-`));
  const forget = atEnd(() => rmSync(copy, { recursive: true, force: true, maxRetries: 10 }));
  try {
    await copySources(copy);
    if (isWithout) await must(run("git", ["apply", join(root, `test/chaos/guards/${name}.patch`)], { cwd: copy }));
    // What the migration runs is made of the .sql files.
    await must(run(process.execPath, ["core/db/embed-migrations.ts"], { cwd: copy }));
    const load = ["--seed", seed, "--seconds", String(seconds), "--rate", String(rate)];
    const options = [...load, "--settle", "45", "--faults", faults.join()];
    const { code, stdout, stderr } = await run(process.execPath, ["test/chaos/main.ts", ...options], { cwd: copy });
    return { code, output: stdout + stderr };
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
