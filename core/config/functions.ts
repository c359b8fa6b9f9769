import * as z from "zod";
import { type Environment, integer, logLevel, mysqlUrl, readConfig, redisUrl } from "./env.ts";
import { orderPolicy } from "./policy.ts";
import { tracing } from "./tracing.ts";

/** A key that callers may bring; only its SHA-256 is known here. */
export interface ApiKey {
  readonly name: string;
  readonly sha256: Buffer;
}

/** The stages that may be open to everybody. */
const localStages: ReadonlySet<string> = new Set(["dev", "local"]);

const apiKeys = z
  .string()
  .regex(/^([\w.-]{1,64}:[0-9a-f]{64}(,|$))*$/i, "expected name:sha256hex, comma-separated")
  .default("")
  .transform((text) =>
    list(text).map((entry): ApiKey => {
      const [name = "", sha256 = ""] = entry.split(":");
      return { name, sha256: Buffer.from(sha256, "hex") };
    }),
  );

const origins = z
  .string()
  .regex(/^((\*|https?:\/\/[^,\s/]+)(,|$))*$/, "expected origins such as https://shop.example, comma-separated")
  .default("")
  .transform(list);

function list(text: string): readonly string[] {
  return text.split(",").filter((entry) => entry !== "");
}

const schema = z
  .object({
    MYSQL_URL: mysqlUrl,
    REDIS_URL: redisUrl,
    LOG_LEVEL: logLevel,
    /** One in a Lambda, which serves one request at a time; more where one process serves many. */
    MYSQL_CONNECTIONS: integer(1, 1, 64),
    /** How long an answer may be held up by Redis, in milliseconds: an order is answered in 50 while Redis is away. */
    ENQUEUE_TIMEOUT_MS: integer(35, 1, 10_000),
    ...orderPolicy,
    /** The deployment's stage; `dev` is this machine's. */
    STAGE: z.string().default("dev"),
    /** Who may call: `name:sha256hex,…`; empty lets everybody, which only a local stage does. */
    API_KEYS: apiKeys,
    /** Web origins whose pages may call, comma-separated, `*` for all; empty allows none. */
    CORS_ORIGINS: origins,
    ...tracing,
    /** Set by Lambda, which freezes the process once it has answered. */
    AWS_LAMBDA_FUNCTION_NAME: z.string().optional(),
    /** Set by serverless-offline, which says it is Lambda and freezes nothing. */
    IS_OFFLINE: z.string().optional(),
  })
  .refine(({ STAGE, API_KEYS }) => API_KEYS.length > 0 || localStages.has(STAGE), {
    path: ["API_KEYS"],
    message: "every stage but dev and local needs one at least, as name:sha256hex",
  });

export type FunctionsConfig = z.output<typeof schema>;

/** Reads the configuration of the HTTP handlers. */
export function readFunctionsConfig(environment: Environment = process.env): FunctionsConfig {
  return readConfig(schema, environment);
}
