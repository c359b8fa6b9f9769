/** `npm run chaos`: the whole system under load and under faults, and whether it kept its promise. */
import { resolve } from "node:path";
import { messageOf } from "../../infra/local/failure.ts";
import { readOptions } from "./options.ts";
import { reportLines } from "./report.ts";
import { runChaos } from "./run.ts";

const root = resolve(import.meta.dirname, "../..");
const options = readOptions(process.argv.slice(2), Math.floor(Math.random() * 2 ** 32));
const print = (line: string) => void process.stdout.write(`${line}\n`);
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
}

try {
  const result = await runChaos(options, resolve(root, ".orders/chaos"), print, stopping.signal);
  for (const line of reportLines(options, result)) print(line);
  process.exitCode = result.problems.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`chaos, seed ${options.seed}: ${messageOf(error)}\n`);
  if (error instanceof Error && !stopping.signal.aborted) process.stderr.write(`${error.stack}\n`);
  process.exitCode = 2;
}
