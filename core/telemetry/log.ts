import { isatty } from "node:tty";
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";

export type { Logger } from "pino";

const stdout = 1;

/**
 * The log of a process: JSON lines on stdout with an RFC 3339 time, and readable lines on a terminal.
 *
 * @param component the process' part in the system, on every line
 */
export async function createLog(component: string, level: string): Promise<Logger> {
  return pino(
    {
      level,
      base: { component },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    await destination(),
  );
}

async function destination(): Promise<DestinationStream> {
  if (!isatty(stdout)) return pino.destination({ fd: stdout, sync: true });
  const { default: pretty } = await import("pino-pretty");
  return pretty({ colorize: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l", sync: true });
}
