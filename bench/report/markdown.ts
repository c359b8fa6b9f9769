import type { Results } from "./results.ts";
import { conditionsOf, type Table, tablesOf } from "./tables.ts";

/** What a run has shown, as a Markdown page. */
export function resultPage(results: Results): string {
  const parts = [
    "# Benchmark",
    conditionsOf(results).join("  \n"),
    ...tablesOf(results).flatMap((table) => [`## ${table.title}`, markdownTable(table)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** A table and its notes in GitHub's Markdown, without the title. */
export function markdownTable({ columns, rows, notes }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(" | ")} |`;
  return [
    line(columns.map(({ name }) => name)),
    `|${columns.map(({ align }) => (align === "left" ? "---" : "---:")).join("|")}|`,
    ...rows.map(line),
    ...(notes.length > 0 ? ["", ...notes.map((note) => `- ${note}`)] : []),
  ].join("\n");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
