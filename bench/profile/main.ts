/** `npm run bench:profile`: where the CPU time of a drain goes, in MySQL, the gateway and the worker. */
import { mkdir, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf } from "../../infra/local/failure.ts";
import { prepareGround } from "../ground.ts";
import { figure } from "../report/figures.ts";
import { markdownTable } from "../report/markdown.ts";
import { terminalTable } from "../report/table.ts";
import { profileDrain } from "./measure.ts";
import { profileTables } from "./tables.ts";

const root = resolve(import.meta.dirname, "../..");
const print = (line: string) => void process.stdout.write(`${line}\n`);

try {
  const ground = await prepareGround(resolve(root, ".orders/bench-profile"), print);
  try {
    const profile = await profileDrain(ground);
    const tables = profileTables(profile);
    const said = `${figure(profile.ordersPerSecond)} orders a second; profiles were taken of the next drain`;
    const page = [
      "# Where the CPU time of a drain goes",
      said,
      ...tables.flatMap((table) => [`## ${table.title}`, markdownTable(table)]),
    ];
    const folder = resolve(root, "bench/results");
    await mkdir(folder, { recursive: true });
    await writeFile(resolve(folder, "profile.md"), `${page.join("\n\n")}\n`);
    for (const line of [said, ...tables.flatMap((table) => ["", ...terminalTable(table)])]) print(line);
  } finally {
    await ground.stop();
  }
} catch (error) {
  process.stderr.write(`bench:profile: ${messageOf(error)}\n`);
  if (error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = 2;
}
