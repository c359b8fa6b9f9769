import { cut } from "../output.ts";

/** What a progress bar is shown on: a stream such as process.stderr. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Shows how far something is. */
export interface ProgressBar {
  /** @param share from 0 to 1 */
  show(share: number, text: string): void;
  /** Takes the bar away; what was shown as a line stays. */
  clear(): void;
}

/** How often it shows something, in milliseconds: on a terminal it moves, a log has a line now and then. */
const redrawMs = 100;
const lineMs = 5_000;
const barWidth = 24;

/** A bar that is redrawn on a terminal, and a line every few seconds anywhere else. */
export function progressBar(output: ProgressOutput, now: () => number = () => performance.now()): ProgressBar {
  const isTerminal = output.isTTY === true;
  const everyMs = isTerminal ? redrawMs : lineMs;
  // The first line of a log comes when there is something to tell.
  let shown = isTerminal ? Number.NEGATIVE_INFINITY : now();
  return {
    show: (share, text) => {
      if (now() - shown < everyMs) return;
      shown = now();
      if (!isTerminal) return void output.write(`${text}\n`);
      const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
      const bar = "█".repeat(full) + "░".repeat(barWidth - full);
      // Back to the row's start, and erase to its end (ECMA-48 EL).
      output.write(`\r\x1b[K${cut(`${bar} ${text}`, (output.columns || 80) - 1)}`);
    },
    clear: () => {
      if (isTerminal) output.write("\r\x1b[K");
    },
  };
}
