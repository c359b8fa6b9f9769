import { type Command, InvalidArgumentError } from "commander";
import { isUuid } from "../../core/domain/identity.ts";
import { invokeOps } from "../invoke.ts";
import { positiveInteger } from "../numbers.ts";
import { type OpsOptions, opsCommand } from "../ops-command.ts";
import { count, printAnswer, progress } from "../output.ts";
import { findTarget, type Target } from "../target.ts";

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
  "redrive --failed-since 2026-11-23T12:00:00Z",
  "redrive --all --limit 10000 --stage prod",
];

/** `orders redrive` */
export function redriveCommand(): Command {
  return opsCommand("redrive", examples)
    .description("Give failed orders another round of attempts.")
    .argument("[ids...]", "these orders", ids)
    .option("--failed-since <time>", "all orders that failed then or later (RFC 3339)", time)
    .option("--all", "all failed orders")
    .option("--limit <n>", "at most so many orders", positiveInteger)
    .action(async (named: readonly string[], options: RedriveOptions, command: Command) => {
      const ways = [named.length > 0, options.failedSince !== undefined, options.all === true].filter(Boolean).length;
      if (ways !== 1) command.error("error: name orders by their ids, or set --failed-since or --all");
      if (named.length > 0 && options.limit !== undefined) command.error("error: --limit does not go with ids");
      const target = findTarget(options);
      const answer = named.length > 0 ? await redriveNamed(target, named) : await redriveFailed(target, options);
      printAnswer(answer, options, words);
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
  if (!isUuid(text)) throw new InvalidArgumentError("An order's id is a UUID.");
  return [...before, text];
}

/** RFC 3339, with its offset: `new Date` takes "1" for a time in 2001, and a time without an offset for a local one. */
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

function time(text: string): string {
  const parsed = new Date(text);
  if (!rfc3339.test(text) || Number.isNaN(parsed.getTime())) {
    throw new InvalidArgumentError("A time such as 2026-11-23T12:00:00Z is needed.");
  }
  return parsed.toISOString();
}
