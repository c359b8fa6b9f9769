import { setTimeout as delay } from "node:timers/promises";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

/** A migration may take as long as its function, in milliseconds. */
const timeoutMs = 910_000;

/** Lambda says so of a function that is being updated or started, or whose running ones are all in use. */
const passing = new Set(["ResourceConflictException", "ResourceNotReadyException", "TooManyRequestsException"]);
const patience = { maxTries: 12, pauseMs: 5_000 };

/**
 * Migrates the stage's database after each deploy, from inside the VPC: by its function `ops`. Until then new code works
 * on the old tables, and from then on old code that still runs works on the new ones: migrations only add.
 */
export default class Migrate {
  constructor(serverless, _options, { log, progress }) {
    this.hooks = {
      "after:deploy:deploy": async () => {
        progress.get("migrate").notice("Migrating the database");
        const answer = await migrate(serverless);
        progress.get("migrate").remove();
        log.notice(`The database is migrated: ${answer}`);
      },
    };
  }
}

/**
 * @param {{maxTries: number, pauseMs: number}} patience with a function that is not ready
 * @returns {Promise<string>} what the function answers
 * @throws the function failed, or is not ready for too long
 */
export async function migrate(serverless, { maxTries, pauseMs } = patience) {
  const config = await serverless.getProvider("aws").getAwsSdkV3Config();
  const lambda = new LambdaClient({
    ...config,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
  });
  const FunctionName = serverless.service.getFunction("ops").name;
  const Payload = JSON.stringify({ operation: "migrate" });
  const send = () => lambda.send(new InvokeCommand({ FunctionName, Payload }));
  const { FunctionError, Payload: answer } = await patiently(send, maxTries, pauseMs);
  const text = Buffer.from(answer ?? []).toString();
  if (FunctionError === undefined) return text;
  throw new serverless.classes.Error(
    `The stack is deployed, but its database could not be migrated: ${reasonIn(text)}\n` +
      `What the function ${FunctionName} logged says more. Deploying again tries it again.`,
    "MIGRATION_FAILED",
  );
}

async function patiently(send, maxTries, pauseMs) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await send();
    } catch (error) {
      if (tries === maxTries || !passing.has(error.name)) throw error;
      await delay(pauseMs);
    }
  }
}

/** What an error says that a function ended with (AWS Lambda Developer Guide, "Node.js function errors"). */
function reasonIn(text) {
  try {
    return JSON.parse(text).errorMessage ?? text;
  } catch {
    return text;
  }
}
