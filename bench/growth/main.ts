/** `npm run bench:growth`: how the drain rate changes with what waits, what is there, replicas, work, telemetry and a held purge. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { onGround, print, root } from "../on-ground.ts";
import { linePlot, type Plot } from "../report/plot.ts";
import { resultsJson } from "../report/write.ts";
import { ordersSystem } from "../systems/orders.ts";
import { holdPurge } from "./held-purge.ts";
import { measureGrowth } from "./measure.ts";
import { readOptions } from "./options.ts";
import { growthPlot, heldPurgePlot } from "./plots.ts";
import { measureTelemetry } from "./telemetry.ts";

const options = readOptions(process.argv.slice(2));

await onGround("bench:growth", ".orders/bench-growth", async (ground) => {
  await ordersSystem().prepare(ground);
  const plots = resolve(root, "docs/performance");
  const results = resolve(root, "bench/results/growth");
  for (const folder of [plots, results]) await mkdir(folder, { recursive: true });
  const keep = async (name: string, plot: Plot, measured: object) => {
    await writeFile(join(plots, `${name}.svg`), linePlot(plot));
    await writeFile(join(results, `${name}.json`), resultsJson({ at: new Date().toISOString(), ...measured }));
  };
  for (const name of options.only) {
    const growth =
      name === "telemetry" ? await measureTelemetry(ground, options.before) : await measureGrowth(ground, name);
    await keep(name, growthPlot(growth), growth);
  }
  if (options.held > 0) {
    print(`purge held back for ${options.held} minutes`);
    const looks = await holdPurge(ground, options.held);
    await keep("held-purge", heldPurgePlot(looks), { looks });
  }
});
