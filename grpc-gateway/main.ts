import { ConfigError } from "../core/config/env.ts";
import { readGatewayConfig } from "../core/config/gateway.ts";
import { UnsupportedDatabase } from "../core/db/errors.ts";
import { createLog } from "../core/telemetry/log.ts";
import { logStream } from "../core/telemetry/terminal.ts";
import { runGateway } from "./gateway.ts";

async function main(): Promise<void> {
  const config = readGatewayConfig();
  const log = createLog("gateway", config.LOG_LEVEL, await logStream());
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1);
      log.info({ signal }, "stopping; once more to stop at once");
      stopping.abort();
    });
  }
  await runGateway(config, log, stopping.signal);
  // A connection to a MySQL that is frozen would keep the process.
  process.exit(0);
}

main().catch((error: unknown) => {
  const isExplained = error instanceof ConfigError || error instanceof UnsupportedDatabase;
  process.stderr.write(`${isExplained ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(1);
});
