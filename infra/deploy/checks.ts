import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ConfigError } from "../../core/config/env.ts";
import { readFunctionsConfig } from "../../core/config/functions.ts";
import { messageOf } from "../local/failure.ts";
import { lastLines, run } from "../local/process/run.ts";
import { quotaProblem, reservedConcurrency } from "./concurrency.ts";
import type { DeployOptions } from "./options.ts";

type Environment = Readonly<Record<string, string>>;

/** How long Docker, or AWS, may take to answer, in milliseconds. */
const timeoutMs = 15_000;

/** What stands against a deployment, as far as it can be known before; empty when nothing does. */
export async function problemsOf(options: DeployOptions, environment: Environment, file: string): Promise<string[]> {
  const problems = await Promise.all([
    handlersProblem(options, environment),
    dockerProblem(environment),
    accountProblem(options, file),
  ]);
  return problems.filter((problem) => problem !== undefined);
}

const keyRecipe = `A key, and its entry: KEY=$(openssl rand -hex 32); echo "shop:$(printf %s "$KEY" | sha256sum | cut -c-64)"`;

/** The handlers would refuse to start with what they refuse here. */
function handlersProblem({ stage }: DeployOptions, { API_KEYS, CORS_ORIGINS }: Environment): string | undefined {
  const given = { MYSQL_URL: "mysql://user@host/orders", REDIS_URL: "rediss://host", API_KEYS, CORS_ORIGINS };
  try {
    readFunctionsConfig({ ...given, STAGE: stage });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return `${error.message}\n  ${keyRecipe}`;
  }
  return undefined;
}

async function dockerProblem(env: Record<string, string>): Promise<string | undefined> {
  const { code, stderr } = await run("docker", ["version", "--format", "{{.Server.Version}}"], { env, timeoutMs });
  if (code === 0) return undefined;
  const reason = lastLines(stderr, 1) || "it does not answer";
  return `Docker builds the images of gateway and worker, and must run: ${reason}`;
}

/** Asks the account something that also tells whether the credentials are good. */
async function accountProblem({ stage, region }: DeployOptions, file: string): Promise<string | undefined> {
  const lambda = new LambdaClient({ region, requestHandler: { requestTimeout: timeoutMs }, maxAttempts: 2 });
  try {
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    if (AccountLimit === undefined || (await isDeployed(lambda, stage))) return undefined;
    const { ConcurrentExecutions = 0, UnreservedConcurrentExecutions = 0 } = AccountLimit;
    return quotaProblem(await reservedConcurrency(file), ConcurrentExecutions, UnreservedConcurrentExecutions);
  } catch (error) {
    const how = "Log in (aws sso login), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.";
    return `AWS does not answer in ${region}: ${messageOf(error)}\n  ${how}`;
  } finally {
    lambda.destroy();
  }
}

/** What is deployed has its reservations. */
async function isDeployed(lambda: LambdaClient, stage: string): Promise<boolean> {
  try {
    await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: `orders-${stage}-createOrder` }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return false;
    throw error;
  }
}
