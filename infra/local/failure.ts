/**
 * A condition that the person at the terminal can do something about: its message says what, in whole lines, and is
 * shown without a stack trace.
 */
export class StartFailure extends Error {
  override name = "StartFailure";
}

/** What was under way was given up because everything is being stopped: nothing is wrong. */
export class Stopped extends Error {
  override name = "Stopped";
}

/** The message of whatever was thrown. Some drivers throw errors whose message is empty but which carry a code. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map(messageOf).join("; ");
  }
  if (error instanceof Error) {
    return error.message || ("code" in error ? String(error.code) : error.name);
  }
  return String(error);
}
