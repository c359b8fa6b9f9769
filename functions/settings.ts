import { readFunctionsConfig } from "../core/config/functions.ts";
import { createLog } from "../core/telemetry/log.ts";

// Apart from runtime.ts: a function that needs no database has no driver in its bundle, and starts sooner.

export const config = readFunctionsConfig();

export const log = createLog("http", config.LOG_LEVEL);
