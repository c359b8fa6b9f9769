/**
 * A signal that Ctrl-C aborts, for commands that have something to finish. Pressed again, it ends the process at once, as
 * it would without this.
 */
export function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}
