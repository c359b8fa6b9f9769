import { join } from "node:path";
import { StartFailure } from "../../infra/local/failure.ts";
import { lastLines, run } from "../../infra/local/process/run.ts";
import type { Ground } from "../ground.ts";
import { bundleFunctions } from "./bundle.ts";

/** What `POST /orders` costs beside what its two statements cost, one after the other on one connection each. */
export interface HandlerCost {
  /** The median of the blocks, for one order, in milliseconds. */
  readonly handlerMs: number;
  /** The same of a bare INSERT of the same row and XADD of the same entry. */
  readonly bareMs: number;
  /** The handler's time by the bare one's: the median of pairs of blocks that follow each other. */
  readonly ratio: number;
  /** The smallest and the largest of these ratios. */
  readonly spread: readonly [number, number];
  /** CPU time of the process for one order, in milliseconds: what the handler adds. */
  readonly handlerCpuMs: number;
  readonly bareCpuMs: number;
}

/** How many pairs of blocks are measured, and of how many orders each. */
const blocks = 15;
const ordersPerBlock = 100;

/** Far more than it takes, in milliseconds. */
const timeoutMs = 120_000;

/**
 * Measures the bundled handler of `POST /orders`, called as the Lambda runtime calls it, against the bare statements.
 *
 * @param databaseUrl a database that has been migrated
 */
export async function measureHandler(ground: Ground, databaseUrl: string): Promise<HandlerCost> {
  const { root } = ground.config;
  const [bundle] = await bundleFunctions(root, join(ground.state.data, "handler"), ["createOrder"]);
  if (bundle === undefined) throw new Error("one function was asked for");
  const script = join(root, "bench/own/handler-process.ts");
  const args = [script, bundle.file, databaseUrl, ground.redisUrl, String(blocks), String(ordersPerBlock)];
  const env = { ...ground.env, ...lambdaEnvironment(databaseUrl, ground.redisUrl) };
  const { code, stdout, stderr } = await run(process.execPath, args, { env, cwd: root, timeoutMs });
  if (code !== 0) throw new StartFailure(`the handler could not be measured:\n${lastLines(stdout + stderr, 20)}`);
  return JSON.parse(lastLines(stdout, 1)) as HandlerCost;
}

/** What a handler finds in its environment in a Lambda. */
export function lambdaEnvironment(databaseUrl: string, redisUrl: string): Record<string, string> {
  return {
    ...{ MYSQL_URL: databaseUrl, REDIS_URL: redisUrl, MYSQL_CONNECTIONS: "1", STAGE: "local", LOG_LEVEL: "info" },
    ...{ AWS_LAMBDA_FUNCTION_NAME: "createOrder", AWS_REGION: "us-east-1", TZ: ":UTC" },
  };
}
