/** What ends a process from outside and can be answered: Ctrl-C, kill, a closed terminal. */
export const endSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const cleanups = new Set<() => void>();

/**
 * Has something done at the latest when this process ends, by itself or by a signal (SIGKILL excepted); what was asked
 * for last is done first. It must be done when it returns: nothing is awaited any more.
 *
 * @returns takes it back
 */
export function atEnd(cleanup: () => void): () => void {
  if (cleanups.size === 0) listen();
  cleanups.add(cleanup);
  return () => void cleanups.delete(cleanup);
}

function listen(): void {
  process.off("exit", cleanUp).once("exit", cleanUp);
  for (const signal of endSignals) process.off(signal, onSignal).on(signal, onSignal);
}

function cleanUp(): void {
  for (const cleanup of [...cleanups].reverse()) {
    cleanups.delete(cleanup);
    cleanup();
  }
}

/** Whoever else listens to the signal decides what it does; if that is the end, the event "exit" tells of it. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  cleanUp();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}
