/** `npm run bench:growth`: how the drain rate changes with what waits, what is there, replicas, work and a held purge. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf } from "../../infra/local/failure.ts";
import { prepareGround } from "../ground.ts";
import { linePlot } from "../report/plot.ts";
import { resultsJson } from "../report/write.ts";
import { ordersSystem } from "../systems/orders.ts";
import { measureGrowth } from "./measure.ts";
import { readOptions } from "./options.ts";
import { plotsOf } from "./plots.ts";

const root = resolve(import.meta.dirname, "../..");
const options = readOptions(process.argv.slice(2));
const print = (line: string) => void process.stdout.write(`${line}\n`);

try {
  const ground = await prepareGround(resolve(root, ".orders/bench-growth"), print);
  try {
    await ordersSystem().prepare(ground);
    const results = await measureGrowth(ground, options.only, options.held);
    const plots = resolve(root, "docs/performance");
    const kept = resolve(root, "bench/results");
    for (const folder of [plots, kept]) await mkdir(folder, { recursive: true });
    for (const [name, plot] of plotsOf(results)) await writeFile(join(plots, name), linePlot(plot));
    await writeFile(join(kept, "growth.json"), resultsJson(results));
    print(resultsJson(results));
  } finally {
    await ground.stop();
  }
} catch (error) {
  process.stderr.write(`bench:growth: ${messageOf(error)}\n`);
  if (error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = 2;
}
