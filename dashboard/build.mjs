/** `node dashboard/build.mjs`: builds the page and writes it to the standard output. */
import { build } from "vite";
import config from "./vite.config.mjs";

const { output } = await build(config);
const page = output.find(({ fileName }) => fileName === "index.html");
if (output.length !== 1 || page === undefined) {
  throw new Error(`the page is more than one file: ${output.map(({ fileName }) => fileName).join(", ")}`);
}
process.stdout.write(page.source);
