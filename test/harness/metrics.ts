/** One value of a scrape, by its name and labels as they are written: `name{label="value"}`. */
export type Scrape = ReadonlyMap<string, number>;

const name = /[a-zA-Z_:][a-zA-Z0-9_:]*/.source;
const labels = /\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*"(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*")*\}/.source;
const sample = new RegExp(`^(${name}(?:${labels})?) ([-+]?(?:Inf|NaN|[0-9.]+(?:e[-+]?[0-9]+)?))$`);
const comment = new RegExp(`^# (HELP|TYPE) (${name}) (.+)$`);

/**
 * Reads Prometheus' text format, version 0.0.4; fails at a line that is not of it, at a metric without help or type, and
 * at a value that is there twice.
 */
export function readMetrics(text: string): Scrape {
  const values = new Map<string, number>();
  const described = { HELP: new Set<string>(), TYPE: new Set<string>() };
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, kind, about = ""] = comment.exec(line) ?? [];
    if (kind === "HELP" || kind === "TYPE") {
      described[kind].add(about);
      continue;
    }
    const [, key = "", value = ""] = sample.exec(line) ?? [];
    if (key === "") throw new Error(`this is no line of Prometheus' text format: ${line}`);
    if (values.has(key)) throw new Error(`${key} is there twice`);
    const metric = key.replace(/\{.*/, "");
    const family = described.TYPE.has(metric) ? metric : metric.replace(/_(bucket|sum|count)$/, "");
    if (!described.TYPE.has(family) || !described.HELP.has(family)) throw new Error(`${metric} has no help or no type`);
    values.set(key, Number(value.replace("Inf", "Infinity")));
  }
  return values;
}

/** What changed from one scrape to the next, without durations and what the process uses. */
export function changed(before: Scrape, after: Scrape): Record<string, number> {
  const differences = [...after].map(([key, value]) => [key, value - (before.get(key) ?? 0)] as const);
  return Object.fromEntries(
    differences.filter(([key, value]) => value !== 0 && !/_seconds|^process_|^nodejs_/.test(key)),
  );
}
