/** A duration for people, from milliseconds; never negative. */
export function duration(ms: number): string {
  const atLeast = Math.max(0, ms);
  if (atLeast < 1_000) return `${Math.round(atLeast)} ms`;
  // A digit more below ten seconds, and none that is zero.
  if (atLeast < 9_950) return `${Number((atLeast / 1_000).toFixed(1))} s`;
  if (atLeast < 119_500) return `${Math.round(atLeast / 1_000)} s`;
  if (atLeast < 7_170_000) return `${Math.round(atLeast / 60_000)} min`;
  return atLeast < 172_800_000 ? `${Math.round(atLeast / 3_600_000)} h` : `${Math.round(atLeast / 86_400_000)} days`;
}

const numbers = new Intl.NumberFormat("en-US");

/** A number of things: `1 order`, `1,200 orders`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${numbers.format(n)} ${n === 1 ? one : many}`;
}

/** A text of somebody else's inside a sentence of ours. */
export function quoted(text: string): string {
  return `"${text.trim().replace(/\s+/g, " ")}"`;
}
