import { isatty } from "node:tty";
import { type DestinationStream, destination } from "pino";

const stdout = 1;

/** Where a long-running process logs to: readable lines on a terminal, JSON lines anywhere else. */
export async function logStream(): Promise<DestinationStream> {
  if (!isatty(stdout)) return destination({ fd: stdout, sync: true });
  const { default: pretty } = await import("pino-pretty");
  return pretty({ ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l", sync: true });
}
