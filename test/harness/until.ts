import { setTimeout as delay } from "node:timers/promises";

/** Looks again and again until the condition holds, and fails after `timeoutMs`. Answers what the look returned. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`${what}: not seen within ${timeoutMs} ms`);
    await delay(50);
  }
}
