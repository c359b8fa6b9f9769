import * as z from "zod";
import { type Environment, integer, logLevel, mysqlUrl, port, readConfig, redisUrl } from "./env.ts";
import { grpcSecurity, grpcSecurityProblem } from "./grpc.ts";
import { orderPolicy } from "./policy.ts";
import { tracing } from "./tracing.ts";

const variables = z.object({
  MYSQL_URL: mysqlUrl,
  REDIS_URL: redisUrl,
  /** The address to listen at: loopback unless told otherwise. Not HOST: some shells export that one. */
  LISTEN_HOST: z.string().default("127.0.0.1"),
  PORT_GRPC: port(50_051),
  PORT_GATEWAY_METRICS: port(50_052),
  MYSQL_CONNECTIONS: integer(8, 2, 64),
  ...orderPolicy,
  /** How long a stop may take until calls under way are cut off, in milliseconds. */
  DRAIN_TIMEOUT_MS: integer(8_000, 100, 600_000),
  LOG_LEVEL: logLevel,
  ...tracing,
  ...grpcSecurity,
});

const schema = variables.superRefine((config, context) => {
  const problem = grpcSecurityProblem(config.LISTEN_HOST, config);
  if (problem !== undefined) context.addIssue({ code: "custom", path: [problem.name], message: problem.message });
});

export type GatewayConfig = z.output<typeof schema>;

/** Reads the configuration of the gateway. */
export function readGatewayConfig(environment: Environment = process.env): GatewayConfig {
  return readConfig(schema, environment);
}
