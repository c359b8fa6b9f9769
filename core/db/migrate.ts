import { ConfigError } from "../config/env.ts";
import { readMigrateConfig } from "../config/migrate.ts";
import { waitFor } from "../process/wait.ts";
import { createLog } from "../telemetry/log.ts";
import { logStream } from "../telemetry/terminal.ts";
import { isUnavailable, UnsupportedDatabase, UsersNotMade } from "./errors.ts";
import { migrateDatabase } from "./migrations.ts";

/** `npm run migrate`: waits for MySQL, brings its database up to the newest schema, and makes the users of it. */
async function main(): Promise<void> {
  const config = readMigrateConfig();
  const log = createLog("migrate", config.LOG_LEVEL, await logStream());
  const users = { handlers: config.MYSQL_HANDLERS_URL, gateway: config.MYSQL_GATEWAY_URL };
  // Not for what MySQL denies: nobody gives the owner of the schema more later.
  await waitFor("MySQL", () => migrateDatabase(config.MYSQL_URL, { users }), { log, isWorthTrying: isUnavailable });
  log.info("the database has the newest schema");
}

main().catch((error: unknown) => {
  const isExplained =
    error instanceof ConfigError || error instanceof UnsupportedDatabase || error instanceof UsersNotMade;
  process.stderr.write(`${isExplained ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = 1;
});
