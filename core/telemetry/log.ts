import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from "pino";
import { traceIdOf } from "./trace-ids.ts";

export type { Logger } from "pino";

const stdout = 1;

/**
 * The log of a process: one JSON line an event with an RFC 3339 time, on stdout unless told otherwise.
 *
 * @param component the process' part in the system, on every line
 */
export function createLog(
  component: string,
  level: string,
  stream: DestinationStream = destination({ fd: stdout, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: { component },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: withTraceId },
      serializers: { err: describeError },
    },
    stream,
  );
}

/** Who reads a line about an order finds its trace. */
function withTraceId(line: Record<string, unknown>): Record<string, unknown> {
  return typeof line.orderId === "string" ? { ...line, traceId: traceIdOf(line.orderId) } : line;
}

/** What a log may say of an error. A driver's error also carries its statement, and in it what customers ordered. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    type: error.name,
    ...("code" in error && { code: error.code }),
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
