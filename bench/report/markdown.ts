import type { Results } from "./results.ts";
import { conditionsOf, type Table, tablesOf } from "./tables.ts";

/** What a run has shown, as a Markdown page. */
export function resultPage(results: Results): string {
  return markdownPage("Benchmark", conditionsOf(results), tablesOf(results));
}

/** Tables below what is to be said of all of them, as a Markdown page. */
export function markdownPage(title: string, said: readonly string[], tables: readonly Table[]): string {
  const parts = [
    `# ${title}`,
    said.join("  \n"),
    ...tables.flatMap((table) => [`## ${table.title}`, markdownTable(table)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** A table and its notes in GitHub's Markdown, without the title. */
function markdownTable({ columns, rows, notes }: Table): string {
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
