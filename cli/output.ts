import { once } from "node:events";
import { stripVTControlCharacters, styleText } from "node:util";
import type { OrderStatus } from "../core/domain/order.ts";

/** Prints what a command answers. Resolves when whoever reads it has room for more. */
export async function print(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, "drain");
}

/** Prints how far a long command has come, or a hint, beside what it answers. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Prints an answer as JSON, or in words. */
export async function printAnswer<T>(
  answer: T,
  { json }: { readonly json?: boolean },
  words: (answer: T) => string,
): Promise<void> {
  await print(json === true ? JSON.stringify(answer, null, 2) : words(answer));
}

/** Ends quietly when whoever reads the output has read enough, as `| head` does. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit();
      throw error;
    });
  }
}

/** `10,000`. */
export function grouped(number: number): string {
  return number.toLocaleString("en-US");
}

/** A text from elsewhere as one line, without what would move a terminal's cursor. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
}

/** At most so many characters, with … where some were left out. */
export function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

const colours = {
  scheduled: "yellow",
  pending: "yellow",
  processing: "cyan",
  completed: "green",
  failed: "red",
  cancelled: "dim",
} as const satisfies Record<OrderStatus, string>;

/** A status in its colour, where the output is a terminal that wants colours. */
export function coloured(status: OrderStatus, text: string = status): string {
  return styleText(colours[status], text);
}

/** The width of the terminal; undefined where the output is none. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns || 80 : undefined;
}

/** Breaks a text between words into lines of at most so many characters; into one line where there is no width. */
export function wrapped(text: string, width: number | undefined): readonly string[] {
  if (width === undefined) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
