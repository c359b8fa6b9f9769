/** The wall clock may be so far away before it is followed, in milliseconds. */
const tolerance = 20;

/**
 * Makes a clock for the times of spans: milliseconds since the Unix epoch, with fractions. It goes as steadily as the
 * monotonic clock and is set anew when the wall clock has left it, as after a process was frozen.
 */
export function createEpochClock(
  wall = Date.now,
  monotonic = () => performance.now(),
  // More exact than the difference of the two clocks, of which one tells whole milliseconds.
  origin = performance.timeOrigin,
): () => number {
  let offset = origin;
  return () => {
    const [now, time] = [wall(), monotonic() + offset];
    if (Math.abs(now - time) <= tolerance) return time;
    offset += now - time;
    return now;
  };
}
