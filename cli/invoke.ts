import type { InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import { Failure } from "./failure.ts";
import type { Target } from "./target.ts";

/** Longer than a function may run, in milliseconds. */
const requestTimeoutMs = 920_000;

/**
 * Lets the stage's `ops` function do an operation, and answers what it answered.
 *
 * @throws {Failure} with what to do
 */
export async function invokeOps(target: Target, operation: { readonly operation: string }): Promise<unknown> {
  const name = `orders-${target.stage}-ops`;
  // Here, because it takes as long to load as all the rest, and most commands do without.
  const sdk = await import("@aws-sdk/client-lambda");
  const lambda = clientOf(sdk, target);
  try {
    const command = new sdk.InvokeCommand({ FunctionName: name, Payload: JSON.stringify(operation) });
    return payloadOf(await lambda.send(command).catch((error: unknown) => explain(error, name, target)));
  } finally {
    lambda.destroy();
  }
}

function clientOf(sdk: typeof import("@aws-sdk/client-lambda"), { region, endpoint, isLocal }: Target): LambdaClient {
  return new sdk.LambdaClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(isLocal && { credentials: { accessKeyId: "local", secretAccessKey: "local" }, maxAttempts: 1 }),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true },
  });
}

function payloadOf({ Payload, FunctionError }: InvokeCommandOutput): unknown {
  const text = new TextDecoder().decode(Payload);
  const answer = text === "" ? undefined : parsed(text);
  if (FunctionError === undefined) return answer;
  const { errorMessage = text } = (answer ?? {}) as { errorMessage?: string };
  throw new Failure(errorMessage);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure(`what answers is no Lambda API, it says: ${text.slice(0, 200)}`, { cause });
  }
}

/** What the SDK throws, in words that say what to do. Names: AWS Lambda API Reference, "Invoke", and the SDK's own. */
function explain(error: unknown, name: string, { stage, region, endpoint, isLocal, remedy }: Target): never {
  const where = endpoint ?? `AWS in ${region}`;
  const { name: kind, message } = error as Error;
  const failure = (text: string) => new Failure(text, { cause: error });
  if (kind === "ResourceNotFoundException" || kind === "FunctionNotFound") {
    const deploy = isLocal ? remedy : `npm run deploy -- --stage ${stage}, or set --region`;
    throw failure(`${where} has no function ${name}: ${deploy}`);
  }
  if (kind === "CredentialsProviderError") {
    throw failure("no AWS credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  if (kind === "AccessDeniedException" || kind === "UnrecognizedClientException") {
    throw failure(`these AWS credentials may not invoke ${name} (lambda:InvokeFunction): ${message}`);
  }
  if (isUnreachable(error)) throw failure(`nothing answers at ${where}: ${remedy}`);
  throw failure(`${name} could not be invoked at ${where}: ${message || kind}`);
}

const unreachable = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"]);

function isUnreachable(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.some(isUnreachable)) return true;
  return error instanceof Error && "code" in error && unreachable.has(String(error.code));
}
