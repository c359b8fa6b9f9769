import { expect, test } from "vitest";
import { barChart } from "./chart.ts";
import { madeUp } from "./made-up.ts";
import { sampleOf } from "./results.ts";
import { texts, unclosedTags } from "./svg-reader.ts";

const chart = barChart(madeUp);

/** The widths of the bars of a class, in drawing order. */
function bars(svg: string, kind: string): number[] {
  return [...svg.matchAll(/<rect class="([^"]+)"[^>]* width="([\d.]+)"/g)]
    .filter(([, classes]) => classes === kind)
    .map(([, , width]) => Number(width));
}

test("is well-formed, asks for nothing from elsewhere, and is told to those who do not see it", () => {
  expect(unclosedTags(chart)).toEqual([]);
  expect(chart.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|href|url\(|<script|@import/);
  expect(chart).toMatch(/<svg [^>]*role="img" aria-labelledby="title description"/);
  expect(chart).toMatch(/<desc id="description">.*this system 16,400, Asynq 1,510.*POST \/orders a second.*<\/desc>/);
  expect(chart).toContain("@media (prefers-color-scheme:dark)");
});

test("says under which conditions, and every bar its figure", () => {
  expect(texts(chart)).toContain(
    "30,000 waiting orders · 2 cores · durable MySQL 9.7.0 · median of 3 rounds; lines: lowest to highest",
  );
  for (const told of [
    "20,900the limit",
    "16,40078.5 % of it",
    "1,51010.9 × slower",
    "138119 × slower",
    "5.20 / 12.3",
    "2,310",
  ]) {
    expect(texts(chart)).toContain(told);
  }
});

test("bars begin at zero: lengths are to each other as the rates are", () => {
  const [own] = bars(chart, "fill-0");
  const [limit] = bars(chart, "limit line-0");
  const [asynq] = bars(chart, "other");
  expect(own! / limit!).toBeCloseTo(16_400 / 20_900, 2);
  expect(asynq! / limit!).toBeCloseTo(1_510 / 20_900, 2);
});

test("what is drawn stays within the picture", () => {
  const height = Number(/viewBox="0 0 800 (\d+)"/.exec(chart)?.[1]);
  for (const [, y] of chart.matchAll(/<text x="[\d.]+" y="([\d.]+)"/g)) expect(Number(y)).toBeLessThan(height);
  for (const [, x, width] of chart.matchAll(/<rect class="[^"]+" x="([\d.]+)"[^>]* width="([\d.]+)"/g)) {
    expect(Number(x) + Number(width)).toBeLessThanOrEqual(800);
  }
});

test("text is escaped", () => {
  expect(chart).toContain("Example CPU 9000 &lt;2.5 GHz&gt;");
  const odd = { ...madeUp, machine: { ...madeUp.machine, cpu: 'A&B "C"\u0007' } };
  expect(barChart(odd)).toContain("A&amp;B &quot;C&quot;, 2030");
});

test("a part that was not measured is left out, and so is all but the words when nothing was", () => {
  const withoutCreates = { ...madeUp, systems: madeUp.systems.map((one) => ({ ...one, creates: undefined })) };
  expect(barChart(withoutCreates)).not.toContain("POST /orders a second");
  const nothing = barChart({ ...madeUp, systems: [], raw: undefined });
  expect(unclosedTags(nothing)).toEqual([]);
  expect(nothing).not.toMatch(/NaN|Infinity|undefined/);
});

test("a system that worked nothing off has no bar, and no ratio", () => {
  const stuck = madeUp.systems.map((one) =>
    one.name === "asynq" ? { ...one, drain: { ...one.drain!, perSecond: sampleOf([0, 0, 0]) } } : one,
  );
  const svg = barChart({ ...madeUp, systems: stuck });
  expect(svg).not.toMatch(/NaN|∞|Infinity/);
  expect(texts(svg)).toContain("0.00");
});
