import type { Command } from "commander";
import { count } from "../../core/domain/words.ts";
import { orderId } from "../api-command.ts";
import { invokeOps } from "../invoke.ts";
import { positiveInteger } from "../numbers.ts";
import { type OpsOptions, opsCommand } from "../ops-command.ts";
import { printAnswer, progress } from "../output.ts";
import { findTarget, type Target } from "../target.ts";
import { time } from "../times.ts";

interface RedriveOptions extends OpsOptions {
  readonly failedSince?: string;
  readonly all?: boolean;
  readonly limit?: number;
}

interface Redriven {
  readonly redriven: number;
  readonly more: boolean;
  readonly next?: string;
  readonly refused?: readonly { readonly id: string; readonly reason: string }[];
}

/** What one invocation does at most. */
const perInvocation = 5_000;
const idsPerInvocation = 1_000;

const examples = [
  "redrive 01a2090f-79ac-7a03-964f-3256223620c7",
  "redrive --all --failed-since 2026-11-23T12:00:00Z",
  "redrive --all --limit 10000 --stage prod",
];

/** `orders redrive` */
export function redriveCommand(): Command {
  return opsCommand("redrive", examples)
    .description("Give failed orders another round of attempts.")
    .argument("[ids...]", "these orders", ids)
    .option("--failed-since <time>", "only those that failed then or later (RFC 3339)", time)
    .option("--all", "all failed orders")
    .option("--limit <n>", "at most so many orders", positiveInteger)
    .action(async (named: readonly string[], options: RedriveOptions, command: Command) => {
      const isByTime = options.failedSince !== undefined || options.all === true;
      if (named.length > 0 === isByTime)
        command.error("error: name orders by their ids, or set --all or --failed-since");
      if (named.length > 0 && options.limit !== undefined) command.error("error: --limit does not go with ids");
      const target = findTarget(options);
      const answer = named.length > 0 ? await redriveNamed(target, named) : await redriveFailed(target, options);
      await printAnswer(answer, options, words);
      if (answer.refused !== undefined && answer.refused.length > 0) process.exitCode = 1;
    });
}

async function redriveNamed(target: Target, named: readonly string[]): Promise<Redriven> {
  const refused: { id: string; reason: string }[] = [];
  let redriven = 0;
  for (let from = 0; from < named.length; from += idsPerInvocation) {
    const request = { operation: "redrive", ids: named.slice(from, from + idsPerInvocation) };
    const answer = (await invokeOps(target, request)) as Redriven;
    redriven += answer.redriven;
    refused.push(...(answer.refused ?? []));
  }
  return { redriven, more: false, refused };
}

async function redriveFailed(target: Target, { failedSince, limit }: RedriveOptions): Promise<Redriven> {
  let after: string | undefined;
  for (let redriven = 0; ; ) {
    const most = Math.min(perInvocation, (limit ?? Number.POSITIVE_INFINITY) - redriven);
    const request = { operation: "redrive", limit: most, failedSince, after };
    const answer = (await invokeOps(target, request)) as Redriven;
    redriven += answer.redriven;
    if (!answer.more || redriven === limit) return { redriven, more: answer.more };
    progress(`${count(redriven, "order")} redriven …`);
    after = answer.next ?? after;
  }
}

function words({ redriven, more, refused = [] }: Redriven): string {
  const rest = more ? "; there may be more" : "";
  return [`redriven: ${count(redriven, "order")}${rest}`, ...refused.map(({ id, reason }) => `${id}: ${reason}`)].join(
    "\n",
  );
}

function ids(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, orderId(text)];
}
