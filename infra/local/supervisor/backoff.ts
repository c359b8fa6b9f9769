/** How long the supervisor waits before it starts a child again, in milliseconds. */
const restartBackoff = { firstMs: 200, longestMs: 5_000, resetAfterHealthyMs: 10_000 };

/** The next wait: doubled from the previous one, or the first one for a child that had been healthy for long enough. */
export function nextRestartDelay(previousMs: number | undefined, healthyForMs: number): number {
  const { firstMs, longestMs, resetAfterHealthyMs } = restartBackoff;
  if (previousMs === undefined || healthyForMs >= resetAfterHealthyMs) {
    return firstMs;
  }
  return Math.min(previousMs * 2, longestMs);
}
