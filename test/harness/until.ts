import { until as returned } from "../../infra/local/process/wait.ts";

/**
 * Looks again and again until something is seen, and fails after `timeoutMs`. Answers what was seen. A look that throws
 * has seen nothing.
 */
export function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  timeoutMs = 15_000,
  signal?: AbortSignal,
): Promise<T> {
  const check = async () => {
    const seen = await look();
    if (seen === undefined || seen === false) throw new Error("it does not hold");
    return seen;
  };
  return returned(check, { what: `${what}: not`, timeoutMs, signal });
}
