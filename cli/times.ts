import { InvalidArgumentError } from "commander";
import { duration } from "../core/domain/words.ts";

/** How far a time is from another: `in 7 s`, `12 min ago`. */
export function relative(time: string, now: number): string {
  const ms = Date.parse(time) - now;
  return ms >= 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
}

/** RFC 3339, with its offset: `new Date` takes "1" for a time in 2001, and a time without an offset for a local one. */
const rfc3339 = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** Reads an option that is a time. */
export function time(text: string): string {
  const parsed = new Date(text);
  const day = rfc3339.exec(text)?.[1];
  if (day === undefined || Number.isNaN(parsed.getTime()) || !isDay(day)) {
    throw new InvalidArgumentError("A time such as 2026-11-23T12:00:00Z is needed.");
  }
  return parsed.toISOString();
}

/** `new Date` makes 2 March of 30 February. */
function isDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}
