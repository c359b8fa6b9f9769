/** A row of what runs where. */
export interface RunningPart {
  component: string;
  where: string;
  /** Undefined for one that runs elsewhere. */
  pid: number | undefined;
  /** Path of its log; undefined for one that runs elsewhere. */
  log: string | undefined;
}

/** The table of what runs where, as lines. */
export function runningTable(parts: RunningPart[]): string[] {
  const rows = [
    ["component", "where", "pid", "log"],
    ...parts.map(({ component, where, pid, log }) => [component, where, pid?.toString() ?? "—", log ?? "—"]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** The URL without its password. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:@/]*):[^/]*@/, "$1:***@");
}
