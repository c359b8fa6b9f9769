import { styleText } from "node:util";
import { Stopped } from "../failure.ts";

/** Where the progress of a start is shown. */
export interface Terminal {
  /** A line of its own. */
  line(text: string): void;
  /** Shows a piece of work while it runs, and how long it took. `detail` tells what it is doing now. */
  step<T>(name: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  /** Ends the animation. */
  close(): void;
}

/** What a Terminal needs of a stream such as process.stdout. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const nameWidth = 12;

/** Shows progress on a stream: with a spinner on a terminal, as plain lines anywhere else. */
export function createTerminal(output: Output, now: () => number = () => performance.now()): Terminal {
  return output.isTTY ? animatedTerminal(output, now) : plainTerminal(output, now);
}

function plainTerminal(output: Output, now: () => number): Terminal {
  const line = (text: string): void => void output.write(`${text}\n`);
  return {
    line,
    close: () => {},
    step: async (name, work) => {
      const begun = now();
      const result = await work((text) => line(`${name}: ${text}`)).catch((error: unknown) => {
        if (!(error instanceof Stopped)) {
          line(`${name}: failed after ${seconds(now() - begun)}`);
        }
        throw error;
      });
      line(`${name}: done in ${seconds(now() - begun)}`);
      return result;
    },
  };
}

function animatedTerminal(output: Output, now: () => number): Terminal {
  const running = new Map<string, string>();
  let frame = 0;
  const spinner = (): string => {
    const what = [...running].map(([name, detail]) => (detail === "" ? name : `${name}: ${detail}`)).join(" · ");
    const width = (output.columns || 80) - 3;
    return running.size === 0 ? "" : `${frames[frame % frames.length]} ${what.slice(0, width)}`;
  };
  // The last row is redrawn: back to its start, erase to its end (ECMA-48 EL).
  const draw = (): void => void output.write(`\r\x1b[K${spinner()}`);
  const line = (text: string): void => void output.write(`\r\x1b[K${text}\n${spinner()}`);
  const animation = setInterval(() => {
    frame++;
    if (running.size > 0) {
      draw();
    }
  }, 100);
  animation.unref();
  return {
    line,
    close: () => {
      clearInterval(animation);
      running.clear();
      draw();
    },
    step: async (name, work) => {
      const begun = now();
      const finish = (mark: string): void => {
        const last = running.get(name) ?? "";
        running.delete(name);
        line(`${mark} ${name.padEnd(nameWidth)} ${seconds(now() - begun).padStart(7)}  ${styleText("dim", last)}`);
      };
      running.set(name, "");
      draw();
      try {
        const result = await work((text) => running.set(name, text));
        finish(styleText("green", "✓"));
        return result;
      } catch (error) {
        if (error instanceof Stopped) {
          running.delete(name);
        } else {
          finish(styleText("red", "✗"));
        }
        throw error;
      }
    },
  };
}

/** A duration in milliseconds, for people. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
