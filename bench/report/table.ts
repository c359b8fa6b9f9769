import type { Results } from "./results.ts";
import { conditionsOf, type Table, tablesOf } from "./tables.ts";

/** What a run has shown, as lines for a terminal of 120 columns. */
export function resultLines(results: Results): string[] {
  return tableLines(conditionsOf(results), tablesOf(results));
}

/** Tables below what is to be said of all of them, as lines for a terminal. */
export function tableLines(said: readonly string[], tables: readonly Table[]): string[] {
  return [...said, ...tables.flatMap((table) => ["", ...terminalTable(table)])];
}

/** A table as aligned lines. */
function terminalTable({ title, columns, rows, notes }: Table): string[] {
  const widths = columns.map(({ name }, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, column) => {
        const [cell = "", width = 0] = [cells[column], widths[column]];
        return align === "left" ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  return [
    title,
    line(columns.map(({ name }) => name)),
    widths.map((width) => "─".repeat(width)).join("  "),
    ...rows.map(line),
    ...notes.map((note) => `  ${note}`),
  ];
}
