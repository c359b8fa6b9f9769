/** `npm run bench:profile`: where the CPU time of a drain goes, in MySQL, the gateway and the worker. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { onGround, print, root } from "../on-ground.ts";
import { figure } from "../report/figures.ts";
import { markdownPage } from "../report/markdown.ts";
import { tableLines } from "../report/table.ts";
import { profileDrain } from "./measure.ts";
import { profileTables } from "./tables.ts";

await onGround("bench:profile", ".orders/bench-profile", async (ground) => {
  const profile = await profileDrain(ground);
  const tables = profileTables(profile);
  const said = `${figure(profile.ordersPerSecond)} orders a second; profiles were taken of the next drain`;
  const folder = resolve(root, "bench/results");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "profile.md"), markdownPage("Where the CPU time of a drain goes", [said], tables));
  for (const line of tableLines([said], tables)) print(line);
});
