export type CheckStatus = "ok" | "warn" | "fail";

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly found: string;
  readonly expected: string;
  /** What to do about it; absent when there is nothing to do. */
  readonly fix?: string;
}

/** What a check is about. */
export interface Subject {
  readonly name: string;
  readonly expected: string;
  readonly fix: string;
}

/** The check of a subject as it was found. */
export function check({ name, expected, fix }: Subject, status: CheckStatus, found: string): Check {
  return { name, status, found, expected, ...(status !== "ok" && { fix }) };
}

/** A check that could not be made. It must not read as passed. */
export function unknown({ name, expected }: Subject, why: string): Check {
  return {
    name,
    status: "warn",
    found: `not known: ${why}`,
    expected,
    fix: "mend the first check that fails, and look again",
  };
}

/** The worst status of all. */
export function worstOf(checks: readonly Check[]): CheckStatus {
  const found = new Set(checks.map(({ status }) => status));
  return found.has("fail") ? "fail" : found.has("warn") ? "warn" : "ok";
}

/** The reason in an error, and the one behind it: what to tell a person who cannot see the log. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  // Some drivers throw errors whose message is empty but which carry a code.
  const own = error.message || ("code" in error ? String(error.code) : error.name);
  return cause instanceof Error ? `${own}: ${reasonOf(cause)}` : own;
}

/** A duration for people, from milliseconds. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
