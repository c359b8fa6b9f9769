import type { HistoryLine } from "../core/api/documents.ts";
import { duration } from "../core/domain/words.ts";
import { coloured, plain } from "./output.ts";

/** Begins where the texts of a timeline do not: wide enough for `+23 h 59 min`. */
const sinceWidth = 12;

/** A line of an order's history, with the time since the line before. */
export function timelineRow(line: HistoryLine, before: HistoryLine | undefined): string {
  const since = before === undefined ? "" : `+${duration(Date.parse(line.at) - Date.parse(before.at))}`;
  const status = coloured(line.status, line.status.padEnd(10));
  return `${line.at}  ${since.padStart(sinceWidth)}  ${status}  ${detailOf(line, before)}`.trimEnd();
}

function detailOf({ attempt, worker, reason }: HistoryLine, before: HistoryLine | undefined): string {
  const details = [
    before === undefined && "created",
    attempt > 0 && `attempt ${attempt}`,
    worker !== undefined && plain(worker),
    reason !== undefined && plain(reason),
  ];
  return details.filter((detail) => detail !== false).join(", ");
}
