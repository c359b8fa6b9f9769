import { stripVTControlCharacters } from "node:util";

/** What is drawn on: a terminal such as process.stdout. */
export interface ScreenOutput {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
}

/**
 * Draws lines below what the terminal shows, each time over those of the time before. What does not fit is left out: to a
 * row that has scrolled away there is no way back.
 */
export function openScreen(output: ScreenOutput): (lines: readonly string[]) => void {
  let drawn = 0;
  return (lines) => {
    // Some terminals say that they have none.
    const [columns, rows] = [output.columns || 80, output.rows || 24];
    const fitting = lines.slice(0, Math.max(1, rows - 1)).map((line) => shortened(line, columns));
    // Up to the first of them, and erase from there on (ECMA-48 CUU and ED).
    const back = drawn === 0 ? "" : `\x1b[${drawn}A\x1b[J`;
    output.write(`${back}${fitting.join("\n")}\n`);
    drawn = fitting.length;
  };
}

/** A line that is too long would take two rows. It loses its colours, which may begin anywhere in it. */
function shortened(line: string, columns: number): string {
  const text = stripVTControlCharacters(line);
  return text.length <= columns ? line : text.slice(0, columns);
}
