import type { Context } from "aws-lambda";
import { archive } from "./ops/archive.ts";
import { reasonOf } from "./ops/doctor/check.ts";
import { doctor } from "./ops/doctor.ts";
import { type OperationInput, readInput } from "./ops/input.ts";
import { migrate } from "./ops/migrate.ts";
import { redrive } from "./ops/redrive.ts";
import { ownerUrl, type Services, withServices } from "./ops/services.ts";

/** An invocation begins no batch after this, in milliseconds: whoever waits for it sees how far it has come. */
const batchesMs = 30_000;

/** What the last batch may take beyond that, in milliseconds. */
const lastBatchMs = 25_000;

/** How long one transaction may take, in milliseconds; a look takes less. */
const transactionMs = 20_000;
const lookMs = 5_000;

/**
 * What operators do to the system, invoked by their CLI and by the deployment, never by HTTP. A failure is thrown, for
 * Lambda to tell the invoker.
 */
export async function handler(event: unknown, context: Context): Promise<object> {
  const input = readInput(event);
  const begun = performance.now();
  const hasTime = () => performance.now() - begun < batchesMs && context.getRemainingTimeInMillis() > lastBatchMs;
  const databaseTimeoutMs = input.operation === "doctor" ? lookMs : transactionMs;
  return withServices({ component: "ops", urlOf: ownerUrl, databaseTimeoutMs }, (services) =>
    operate(services, input, hasTime),
  );
}

async function operate(services: Services, input: OperationInput, hasTime: () => boolean): Promise<object> {
  try {
    switch (input.operation) {
      case "migrate":
        return await migrate(services);
      case "redrive":
        return await redrive(services, input, hasTime);
      case "doctor":
        return await doctor(services);
      case "archive":
        return await archive(services, input, hasTime);
    }
  } catch (error) {
    services.log.error({ err: error, operation: input.operation }, "an operation failed");
    // Lambda tells the invoker of the message alone: what is behind the error goes into it.
    throw new Error(`${input.operation} failed: ${reasonOf(error)}`, { cause: error });
  }
}
