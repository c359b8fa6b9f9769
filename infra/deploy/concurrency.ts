import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod";

const configuration = z.object({
  functions: z.record(z.string(), z.object({ reservedConcurrency: z.int().optional() })),
});

/** What AWS leaves to functions without a reservation at least. */
const unreservedMinimum = 100;

/** How many functions of serverless.yml may run at once, by their reservations. */
export async function reservedConcurrency(file: string): Promise<number> {
  // Tags of CloudFormation are not known here, and nobody asks for what they mark.
  const { functions } = configuration.parse(parse(await readFile(file, "utf8"), { logLevel: "error" }));
  return Object.values(functions).reduce((sum, definition) => sum + (definition.reservedConcurrency ?? 0), 0);
}

/**
 * What stands against reserving this much in an account, if anything does. AWS Lambda Developer Guide, "Configuring
 * reserved concurrency for a function".
 *
 * @param limit of the account, in functions that run at once
 * @param unreserved of it
 */
export function quotaProblem(needed: number, limit: number, unreserved: number): string | undefined {
  if (unreserved - needed >= unreservedMinimum) return undefined;
  const wanted = limit - unreserved + needed + unreservedMinimum;
  return (
    `The account lets ${limit} functions run at once, and ${limit - unreserved} of them are reserved; ` +
    `the stage reserves ${needed} and AWS wants ${unreservedMinimum} to be left: ask for ${wanted} or more under ` +
    `Service Quotas, AWS Lambda, "Concurrent executions". It is granted within a day or so.`
  );
}
