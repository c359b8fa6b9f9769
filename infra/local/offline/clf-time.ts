/**
 * A time as requests have it, in the Common Log Format and in UTC as API Gateway's is: `24/Nov/2026:12:00:00 +0000`.
 *
 * @param ms since the Unix epoch
 */
export default function formatToClfTime(ms: number): string {
  // "Tue, 24 Nov 2026 12:00:00 GMT" (ECMA-262, Date.prototype.toUTCString)
  const [, day, month, year, time] = new Date(ms).toUTCString().split(" ");
  return `${day}/${month}/${year}:${time} +0000`;
}
