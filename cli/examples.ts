/** Examples of a command, as they are shown below its options. */
export function examplesText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((line) => `  npm run orders -- ${line}`).join("\n")}`;
}
