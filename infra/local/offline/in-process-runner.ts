import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";

type Handler = (event: unknown, context: object) => Promise<unknown>;

/** What serverless-offline says of a function; there is more that is not needed here. */
interface FunctionOptions {
  /** The folder of the bundles. */
  readonly codeDir: string;
  /** As in serverless.yml: `functions/create-order.handler`. */
  readonly handler: string;
  /** In milliseconds. */
  readonly timeout: number;
}

/**
 * Runs a function in serverless-offline's process. Its own runner looks for the function's file and sets the environment
 * again for every request, which costs as much as the handler itself; this one does it once, as a Lambda does.
 */
export default class InProcessRunner {
  readonly #options: FunctionOptions;
  readonly #environment: Readonly<Record<string, unknown>>;
  #handler: Promise<Handler> | undefined;

  constructor(options: FunctionOptions, environment: Readonly<Record<string, unknown>>) {
    this.#options = options;
    this.#environment = environment;
  }

  async run(event: unknown, context: object): Promise<unknown> {
    this.#handler ??= this.#load();
    const handler = await this.#handler;
    const end = performance.now() + this.#options.timeout;
    const getRemainingTimeInMillis = () => Math.max(0, Math.floor(end - performance.now()));
    return handler(event, { ...context, getRemainingTimeInMillis });
  }

  /** Part of what a runner is: nothing is left behind. */
  cleanup(): void {}

  async #load(): Promise<Handler> {
    // biome-ignore lint/style/noProcessEnv: here a function finds its configuration, as in a Lambda.
    Object.assign(process.env, this.#environment);
    const [, path = "", name = ""] = /^(.*)\.(\w+)$/.exec(this.#options.handler) ?? [];
    const file = join(this.#options.codeDir, `${path}.mjs`);
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
    const handler = module[name];
    if (typeof handler !== "function") throw new TypeError(`${file} exports no function ${name}`);
    return handler as Handler;
  }
}
