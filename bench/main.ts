/** `npm run bench`: this system beside what people would use instead, in one run on one machine. */
import { resolve } from "node:path";
import { onGround, print, root } from "./on-ground.ts";
import { readOptions } from "./options.ts";
import { fullPlan, quickPlan } from "./plan.ts";
import { resultLines } from "./report/table.ts";
import { writeResults } from "./report/write.ts";
import { rawName, runBench } from "./run.ts";
import { asynqSystem } from "./systems/asynq.ts";
import { bullmqSystem } from "./systems/bullmq.ts";
import { naiveSystem } from "./systems/naive.ts";
import { ordersSystem } from "./systems/orders.ts";

/** The programs of `naive 50`, once more. */
const twin = "naive 1";

const all = [ordersSystem(), naiveSystem(1), naiveSystem(50), bullmqSystem(), asynqSystem()];
const options = readOptions(process.argv.slice(2), [...all.map(({ name }) => name), rawName]);

await onGround("bench", ".orders/bench", async (ground) => {
  const results = await runBench({
    ground,
    plan: options.quick ? quickPlan : { ...fullPlan, repeats: options.repeats },
    quick: options.quick,
    systems: all.filter(({ name }) => options.systems.includes(name) && !(options.quick && name === twin)),
    withRaw: options.systems.includes(rawName),
    own: options.own,
  });
  // A quick run's figures are for nobody's eyes but those of who ran it.
  const folder = options.quick ? ".orders/bench/results" : "bench/results";
  const paths = await writeResults(resolve(root, folder), "latest", results);
  for (const line of [...resultLines(results), "", ...paths]) print(line);
});
