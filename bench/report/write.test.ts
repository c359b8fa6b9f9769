import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { goalsOf } from "./goals.ts";
import { madeUp } from "./made-up.ts";
import { resultsJson, writeResults } from "./write.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bench-report-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("writes JSON that holds the results, the Markdown and the chart, over what was there", async () => {
  const results = { ...madeUp, goals: goalsOf(madeUp) };
  const place = join(folder, "not", "there");
  await writeResults(place, "latest", { ...results, repeats: 99 });
  const paths = await writeResults(place, "latest", results);
  expect(paths).toEqual(["json", "md", "svg"].map((kind) => join(place, `latest.${kind}`)));
  expect(readdirSync(place).toSorted()).toEqual(["latest.json", "latest.md", "latest.svg"]);
  expect(JSON.parse(readFileSync(paths[0]!, "utf8"))).toMatchObject({ repeats: 3, raw: madeUp.raw, own: madeUp.own });
  expect(readFileSync(paths[1]!, "utf8")).toMatch(/^# Benchmark\n/);
  expect(readFileSync(paths[2]!, "utf8")).toMatch(/^<svg /);
});

test("the JSON's order of keys does not depend on who made the object", () => {
  expect(resultsJson({ b: { d: 1, c: 2 }, a: 3 })).toBe(resultsJson({ a: 3, b: { c: 2, d: 1 } }));
});

test("samples stand on one line with six digits, integers in full, and texts as they are", () => {
  const json = resultsJson({ values: [11_432.123456, 2], bytes: 1_301_204, text: "[1,  2]", none: undefined });
  expect(json).toBe('{\n  "bytes": 1301204,\n  "text": "[1,  2]",\n  "values": [ 11432.1, 2 ]\n}\n');
});

test("a figure that is none is refused by its name", () => {
  expect(() => resultsJson({ own: { workerMiB: Number.NaN } })).toThrow(/NaN as workerMiB/);
});
