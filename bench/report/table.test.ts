import { expect, test } from "vitest";
import { goalsOf } from "./goals.ts";
import { madeUp } from "./made-up.ts";
import { resultPage } from "./markdown.ts";
import type { Measured, Results } from "./results.ts";
import { resultLines } from "./table.ts";

const results = withGoals(madeUp);

function withGoals(measured: Measured): Results {
  return { ...measured, goals: goalsOf(measured) };
}

function lineWith(text: string, run = results): string {
  return resultLines(run).find((line) => line.includes(text)) ?? expect.fail(`no line with ${text}`);
}

test("fits a terminal of 120 columns", () => {
  for (const line of resultLines(results)) expect(line.length, line).toBeLessThanOrEqual(120);
});

test("columns are aligned", () => {
  const lines = resultLines(results);
  const rule = lines.findIndex((line) => line.startsWith("────────"));
  const table = lines.slice(rule - 1, rule + 7);
  const width = lines[rule]!.length;
  expect(table.map((line) => line.length)).toEqual(table.map(() => width));
});

test("a system's row has its figures with their spread, and what this system is beside it", () => {
  const cells = lineWith("naive 1 ")
    .trim()
    .split(/\s{2,}/);
  expect(cells).toEqual([
    ...["naive 1", "1,730 (1,557–1,868)", "1.34 ×", "0"],
    ...["138 (124–149)", "119 ×", "2,760", "20.0"],
  ]);
  expect(
    lineWith("raw SQL")
      .trim()
      .split(/\s{2,}/),
  ).toEqual([...["raw SQL", "–", "–", "–", "20,900 (18,810–22,572)", "0.78 ×", "–", "–"]]);
});

test("says where and under which settings it was measured", () => {
  expect(resultLines(results).slice(0, 3).join("\n")).toContain("innodb_flush_log_at_trx_commit=1");
  expect(resultLines(results)[0]).toContain("2 cores (Example CPU 9000 <2.5 GHz>), 24 GiB, Linux 6.1");
  expect(resultLines(withGoals({ ...madeUp, quick: true }))[0]).toMatch(/too short to judge by/);
});

test("goals are marked as met, not met and not measured", () => {
  const slow = { ...madeUp, own: { batch: { ordersPerSecond: 9_000 } } };
  const lines = resultLines(withGoals(slow));
  expect(lines.find((line) => line.includes("drain against naive 1"))).toMatch(/^✓/);
  expect(lines.find((line) => line.includes("POST /orders/batch"))).toMatch(/^✗.*≥ 15,000\/s +9,000\/s$/);
  expect(lines.find((line) => line.includes("cold start"))).toMatch(/^–.*not measured$/);
  expect(lines).toContain("Goals: 7 met, 1 not met, 7 not measured");
});

test("a run of nothing but the limit has no empty tables", () => {
  const lines = resultLines(withGoals({ ...madeUp, systems: [], own: {} }));
  expect(lines.filter((line) => /^(Throughput|Latency|CPU|Goals)/.test(line))).toEqual([
    "Throughput: POST /orders at 64 connections, and 30,000 waiting orders worked off",
    "Goals: 0 met, 0 not met, 15 not measured",
  ]);
});

test("the Markdown page has the same tables", () => {
  const page = resultPage(results);
  expect(page).toContain(
    "| system | POST/s | orders is | failed | drained/s | orders is | completed | in s |\n|---|---:|",
  );
  expect(page).toContain("| naive 1 | 1,730 (1,557–1,868) | 1.34 × | 0 | 138 (124–149) | 119 × | 2,760 | 20.0 |");
  expect(page).toContain("\n\n- drain against naive 1: by round");
});

test("a bar in a name does not break the Markdown", () => {
  const odd = { ...madeUp, systems: madeUp.systems.map((one) => ({ ...one, name: one.name.replace(" ", "|") })) };
  expect(resultPage(withGoals(odd))).toContain("| naive\\|1 |");
});
