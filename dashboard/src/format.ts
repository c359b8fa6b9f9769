const counts = new Intl.NumberFormat("en");
const prices = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const moments = new Intl.DateTimeFormat("en", {
  ...{ year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  ...{ fractionalSecondDigits: 3, hourCycle: "h23", timeZoneName: "short" },
});

const clocks = new Intl.DateTimeFormat("en", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const days = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const daysOfYears = new Intl.DateTimeFormat("en", { year: "numeric", month: "short", day: "numeric" });

/** 1,234,567 */
export const count = (value: number) => counts.format(value);

/** 1,299.99 */
export const price = (value: number) => prices.format(value);

/** Nov 28, 2026, 15:42:43.120 UTC, in the time zone of whoever looks. */
export const moment = (time: string | number) => moments.format(new Date(time));

/** 15:42:43; on another day than today Nov 27, 15:42:43; in another year Nov 28, 2025, 15:42:43. */
export function clock(time: number, now: number): string {
  if (daysOfYears.format(time) === daysOfYears.format(now)) return clocks.format(time);
  const isThisYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return `${(isThisYear ? days : daysOfYears).format(time)}, ${clocks.format(time)}`;
}

/** Orders a second: with a decimal while they are few. */
export const rate = (value: number) =>
  value >= 10 || Number.isInteger(value) ? count(Math.round(value)) : value.toFixed(1);

/** 28 ms, 1.2 s, 45 s, 3 min 12 s, 2 h 5 min, 3 d 4 h */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), "h", minutes % 60, "min");
  return pair(Math.floor(minutes / (24 * 60)), "d", Math.floor(minutes / 60) % 24, "h");
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** How long ago in one unit, or how long until: now, 12 s ago, 3 min ago, in 2 h. */
export function relative(time: number, now: number): string {
  const ms = now - time;
  // Clocks differ a little: what is said to be in the next second is now.
  if (Math.abs(ms) < 1_000) return "now";
  const text = coarse(Math.abs(ms));
  return ms > 0 ? `${text} ago` : `in ${text}`;
}

function coarse(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / (24 * 3_600))} d`;
}
