import { styleText } from "node:util";
import type { Command } from "commander";
import { count } from "../../core/domain/words.ts";
import { invokeOps } from "../invoke.ts";
import { type OpsOptions, opsCommand } from "../ops-command.ts";
import { printAnswer } from "../output.ts";
import { findTarget } from "../target.ts";

type Status = "ok" | "warn" | "fail";

interface Check {
  readonly name: string;
  readonly status: Status;
  readonly found: string;
  readonly expected: string;
  readonly fix?: string;
}

interface Diagnosis {
  readonly status: Status;
  readonly checks: readonly Check[];
}

/** `orders doctor` */
export function doctorCommand(): Command {
  return opsCommand("doctor", ["doctor", "doctor --stage prod --json"])
    .description("Look at MySQL, Redis, the queue and the orders, and say what to do. Exits with 1 when a check fails.")
    .action(async (options: OpsOptions) => {
      const diagnosis = (await invokeOps(findTarget(options), { operation: "doctor" })) as Diagnosis;
      await printAnswer(diagnosis, options, ({ checks }) =>
        [...checks.flatMap(linesOf), "", summary(checks)].join("\n"),
      );
      if (diagnosis.status === "fail") process.exitCode = 1;
    });
}

const colours = { ok: "green", warn: "yellow", fail: "red" } as const;

function linesOf({ name, status, found, expected, fix }: Check): readonly string[] {
  const line = `${styleText(colours[status], status.padEnd(4))}  ${name.padEnd(18)}  ${found}`;
  if (fix === undefined) return [line];
  const indent = " ".repeat(26);
  return [line, `${indent}expected: ${expected}`, `${indent}fix: ${fix}`];
}

function summary(checks: readonly Check[]): string {
  const of = (status: Status) => checks.filter((check) => check.status === status).length;
  if (of("ok") === checks.length) return `all ${checks.length} checks are ok`;
  return `${count(of("fail"), "failure")}, ${count(of("warn"), "warning")}, ${of("ok")} ok`;
}
