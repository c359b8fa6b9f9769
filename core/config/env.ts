import * as z from "zod";

/** Environment variables as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration is missing or malformed; the message names each variable and what it should be. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads a configuration from the environment: every problem is reported at once, by the name of its variable. An
 * empty variable counts as absent.
 *
 * @throws {ConfigError}
 */
export function readConfig<S extends z.ZodType>(schema: S, environment: Environment): z.output<S> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.join(".");
    return `  ${name} ${given[name] === undefined ? "is missing" : "is malformed"}: ${issue.message}`;
  });
  throw new ConfigError(`The configuration is not complete:\n${problems.join("\n")}`);
}

/** An integer within bounds, with a default. */
export function integer(fallback: number, minimum: number, maximum: number) {
  const message = `expected an integer from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, message)
    .default(fallback);
}

/** A port; 0 stands for any free one. */
export function port(fallback: number) {
  return integer(fallback, 0, 65_535);
}

/** `mysql://user:password@host:port/database`, with `?ssl=` for TLS */
export const mysqlUrl = url(
  "expected mysql://user:password@host:port/database, for TLS with ?ssl=Amazon%20RDS or ?ssl={…}",
  (parsed) =>
    parsed.protocol === "mysql:" &&
    parsed.hostname !== "" &&
    parsed.pathname.length > 1 &&
    isTlsSetting(parsed.searchParams.get("ssl")),
);

/** None, the certificates of Amazon RDS, or options of a TLS connection as JSON. */
function isTlsSetting(text: string | null): boolean {
  if (text === null || text === "Amazon RDS") return true;
  try {
    return z.looseObject({}).safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** `redis://host:port/database`, or `rediss://` for TLS */
export const redisUrl = url(
  "expected redis://host:port or rediss://host:port",
  (parsed) => /^rediss?:$/.test(parsed.protocol) && parsed.hostname !== "",
);

/** `http://host:port`, or `https://` */
export const httpUrl = url(
  "expected a URL that begins with http:// or https://",
  (parsed) => /^https?:$/.test(parsed.protocol) && parsed.hostname !== "",
);

export const logLevel = z
  .enum(["debug", "info", "warn", "error"], "expected debug, info, warn or error")
  .default("info");

function url(expected: string, isValid: (parsed: URL) => boolean) {
  return z.string(expected).refine((text) => URL.canParse(text) && isValid(new URL(text)), expected);
}
