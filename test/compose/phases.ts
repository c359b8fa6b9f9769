/** Does something and prints how long it took: such a test is long, and where its time goes should be seen. */
export async function phase<T>(name: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  try {
    return await work();
  } finally {
    report(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
}

/** Prints a line of the test's own. */
export function report(line: string): void {
  process.stdout.write(`compose: ${line}\n`);
}
