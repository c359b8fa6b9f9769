import { fileURLToPath } from "node:url";
import { viteSingleFile } from "vite-plugin-singlefile";

/** One HTML file, with its script and its style inside: nothing is left to be asked for. */
export default {
  root: fileURLToPath(new URL(".", import.meta.url)),
  configFile: false,
  logLevel: "warn",
  plugins: [viteSingleFile({ removeViteModuleLoader: true })],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "es2024", write: false, modulePreload: false, reportCompressedSize: false },
};
