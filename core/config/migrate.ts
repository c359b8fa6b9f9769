import * as z from "zod";
import { checkUserUrls } from "./database-users.ts";
import { type Environment, logLevel, mysqlUrl, readConfig } from "./env.ts";

const schema = z
  .object({
    /** The owner of the schema. */
    MYSQL_URL: mysqlUrl,
    /** The users that are made for the handlers and for the gateway; without them one user is for all. */
    MYSQL_HANDLERS_URL: mysqlUrl.optional(),
    MYSQL_GATEWAY_URL: mysqlUrl.optional(),
    LOG_LEVEL: logLevel,
  })
  .superRefine(({ MYSQL_URL, ...others }, context) => {
    const users = (["MYSQL_HANDLERS_URL", "MYSQL_GATEWAY_URL"] as const).flatMap((name) => {
      const url = others[name];
      return url === undefined ? [] : [{ name, url }];
    });
    checkUserUrls({ name: "MYSQL_URL", url: MYSQL_URL }, users, context);
  });

/** Reads the configuration of the migration. */
export function readMigrateConfig(environment: Environment = process.env): z.output<typeof schema> {
  return readConfig(schema, environment);
}
