import * as z from "zod";
import { type Environment, logLevel, mysqlUrl, readConfig } from "./env.ts";

const schema = z.object({ MYSQL_URL: mysqlUrl, LOG_LEVEL: logLevel });

/** Reads the configuration of the migration. */
export function readMigrateConfig(environment: Environment = process.env): z.output<typeof schema> {
  return readConfig(schema, environment);
}
