import type { Command } from "commander";
import type { Stats } from "../../core/api/documents.ts";
import { type ApiOptions, apiCommand, openApi } from "../api-command.ts";
import { printAnswer } from "../output.ts";
import { standing } from "../standing.ts";

/** `orders stats` */
export function statsCommand(): Command {
  return apiCommand("stats", ["stats", "stats --json"])
    .description("How many orders there are in each status, the queue, the workers, and how long orders take.")
    .action(async (options: ApiOptions) => {
      const stats = await (await openApi(options)).get<Stats>("/stats");
      await printAnswer(stats, options, (answer) => standing(answer).join("\n"));
    });
}
