/** Prints what the command answers. */
function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints how far a long command has come, beside what it answers. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Prints an answer as JSON, or in words. */
export function printAnswer<T>(answer: T, { json }: { readonly json?: boolean }, words: (answer: T) => string): void {
  print(json === true ? JSON.stringify(answer, null, 2) : words(answer));
}

/** `1 order`, `2 orders`, `10,000 orders`. */
export function count(number: number, one: string): string {
  return `${number.toLocaleString("en-US")} ${number === 1 ? one : `${one}s`}`;
}
