import type { Command } from "commander";
import { count } from "../../core/domain/words.ts";
import { invokeOps } from "../invoke.ts";
import { positiveInteger } from "../numbers.ts";
import { type OpsOptions, opsCommand } from "../ops-command.ts";
import { printAnswer, progress } from "../output.ts";
import { findTarget, type Target } from "../target.ts";

interface ArchiveOptions extends OpsOptions {
  readonly olderThan: number;
  readonly limit?: number;
}

interface Archived {
  readonly archived: number;
  readonly files: readonly string[];
  readonly completedBefore: string;
  readonly more: boolean;
  readonly cursor?: string;
}

/** What one invocation does at most. */
const perInvocation = 10_000;

/** `orders archive` */
export function archiveCommand(): Command {
  return opsCommand("archive", ["archive --older-than 90", "archive --older-than 365 --stage prod"])
    .summary("Move orders that were completed long ago out of the database into files.")
    .description(
      "Move orders that were completed long ago out of the database, with their history, into compressed files under ARCHIVE_URL. Failed and cancelled orders stay.",
    )
    .requiredOption("--older-than <days>", "completed before that many days, counted to midnight UTC", positiveInteger)
    .option("--limit <n>", "at most so many orders", positiveInteger)
    .action(async (options: ArchiveOptions) => {
      await printAnswer(await archiveAll(findTarget(options), options), options, words);
    });
}

async function archiveAll(target: Target, { olderThan, limit }: ArchiveOptions): Promise<Archived> {
  const files: string[] = [];
  let cursor: string | undefined;
  for (let archived = 0; ; ) {
    const most = Math.min(perInvocation, (limit ?? Number.POSITIVE_INFINITY) - archived);
    const request = { operation: "archive", olderThanDays: olderThan, limit: most, cursor };
    const answer = (await invokeOps(target, request)) as Archived;
    archived += answer.archived;
    files.push(...answer.files);
    if (!answer.more || archived === limit) return { ...answer, archived, files };
    progress(`${count(archived, "order")} archived in ${count(files.length, "file")} …`);
    cursor = answer.cursor ?? cursor;
  }
}

function words({ archived, files, completedBefore, more }: Archived): string {
  const what = `archived: ${count(archived, "order")} completed before ${completedBefore}${more ? "; there may be more" : ""}`;
  return [what, ...files].join("\n");
}
