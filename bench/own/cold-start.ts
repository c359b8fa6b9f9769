import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { StartFailure } from "../../infra/local/failure.ts";
import { lastLines, run } from "../../infra/local/process/run.ts";
import { quantile } from "../../test/harness/quantile.ts";
import type { Ground } from "../ground.ts";
import { bundleFunctions } from "./bundle.ts";
import { lambdaEnvironment } from "./handler.ts";

/** How long a new process needs until the handler of `POST /orders` can be called, in milliseconds. */
export interface ColdStart {
  /** From the beginning of the bundle's import until the handler is there. */
  readonly medianMs: number;
  readonly maxMs: number;
  /** Node's own start before it, which is the Lambda runtime's affair: the median. */
  readonly nodeMs: number;
  readonly samples: number;
}

/** Prints how old the process is when the import begins, and how long the import takes. */
const program = `
  const begun = performance.now();
  import(process.argv[1]).then(({ handler }) => {
    if (typeof handler !== "function") throw new Error("the bundle has no handler");
    console.log(JSON.stringify({ nodeMs: begun, importMs: performance.now() - begun }));
    process.exit();
  });
`;

/** Imports the bundle in one new process after the other, without Node's compile cache, which no new Lambda has. */
export async function measureColdStart(ground: Ground, databaseUrl: string, samples = 15): Promise<ColdStart> {
  const { root } = ground.config;
  const [bundle] = await bundleFunctions(root, join(ground.state.data, "cold-start"), ["createOrder"]);
  if (bundle === undefined) throw new Error("one function was asked for");
  const env = { ...ground.env, ...lambdaEnvironment(databaseUrl, ground.redisUrl), NODE_DISABLE_COMPILE_CACHE: "1" };
  const args = ["--eval", program, pathToFileURL(bundle.file).href];
  const measured: { nodeMs: number; importMs: number }[] = [];
  // The first one warms the disk's cache.
  for (let sample = 0; sample <= samples; sample++) {
    const { code, stdout, stderr } = await run(process.execPath, args, { env, cwd: root, timeoutMs: 30_000 });
    if (code !== 0) throw new StartFailure(`the bundle could not be loaded:\n${lastLines(stdout + stderr, 20)}`);
    if (sample > 0) measured.push(JSON.parse(lastLines(stdout, 1)));
  }
  const imports = measured.map(({ importMs }) => importMs);
  const starts = measured.map(({ nodeMs }) => nodeMs);
  return { medianMs: quantile(imports, 0.5), maxMs: Math.max(...imports), nodeMs: quantile(starts, 0.5), samples };
}
