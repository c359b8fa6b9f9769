import * as z from "zod";
import { type Environment, integer, logLevel, mysqlUrl, readConfig, redisUrl } from "./env.ts";

const schema = z.object({
  MYSQL_URL: mysqlUrl,
  REDIS_URL: redisUrl,
  LOG_LEVEL: logLevel,
  /** One in a Lambda, which serves one request at a time; more where one process serves many. */
  MYSQL_CONNECTIONS: integer(1, 1, 64),
});

export type FunctionsConfig = z.output<typeof schema>;

/** Reads the configuration of the HTTP handlers. */
export function readFunctionsConfig(environment: Environment = process.env): FunctionsConfig {
  return readConfig(schema, environment);
}
