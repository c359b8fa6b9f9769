import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { barChart } from "./chart.ts";
import { resultPage } from "./markdown.ts";
import type { Results } from "./results.ts";

/**
 * Writes what a run has shown as JSON, as Markdown and as a chart.
 *
 * @param name of the files, such as `latest`
 * @returns the paths that were written
 */
export async function writeResults(folder: string, name: string, results: Results): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  return Promise.all([
    write(join(folder, `${name}.json`), resultsJson(results)),
    write(join(folder, `${name}.md`), resultPage(results)),
    write(join(folder, `${name}.svg`), barChart(results)),
  ]);
}

/** JSON whose lines differ between two runs only where the figures do: keys sorted, six digits, samples on one line. */
export function resultsJson(results: object): string {
  const text = JSON.stringify(results, (key, value: unknown) => settled(key, value), 2);
  return `${text.replaceAll(/\[\n[-+\d.e,\s]+\]/g, (numbers) => numbers.replaceAll(/\s+/g, " "))}\n`;
}

function settled(key: string, value: unknown): unknown {
  if (typeof value === "number") return settledNumber(key, value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function settledNumber(key: string, value: number): number {
  // JSON has no such number, and null would read as a figure that was left out.
  if (!Number.isFinite(value)) throw new RangeError(`The results hold ${value} as ${key}, which is not a figure.`);
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}

/** Whoever reads it meanwhile sees the old or the new, never half of it. */
async function write(path: string, text: string): Promise<string> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
  return path;
}
