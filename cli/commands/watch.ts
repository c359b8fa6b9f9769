import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import type { OrderWithHistory } from "../../core/api/documents.ts";
import { endedStatuses } from "../../core/domain/order.ts";
import { type Answer, type Api, Unavailable } from "../api.ts";
import { type ApiOptions, apiCommand, openApi, orderId } from "../api-command.ts";
import { interruption } from "../interrupt.ts";
import { print, progress } from "../output.ts";
import { timelineRow } from "../timeline.ts";
import { heading } from "./show.ts";

/** How often it asks, in milliseconds. Mostly it is told that nothing has changed, for one read of a row. */
const intervalMs = 250;

/** `orders watch` */
export function watchCommand(): Command {
  return apiCommand("watch", ["watch 01a2090f-79ac-7a03-964f-3256223620c7"], "print a JSON document a line of history")
    .summary("Follow an order until it has ended.")
    .description(
      "Follow an order until it has ended: each line of its history as it comes. Exits with 1 unless it was completed.",
    )
    .argument("<id>", "the order's id", orderId)
    .action(async (id: string, options: ApiOptions) => {
      const interrupted = interruption();
      const status = await follow(await openApi(options), id, options, interrupted);
      if (status !== "completed") process.exitCode = 1;
    });
}

async function follow(api: Api, id: string, { json }: ApiOptions, interrupted: AbortSignal): Promise<string> {
  let shown = 0;
  let order: OrderWithHistory | undefined;
  for await (const next of versions(api, id, interrupted)) {
    if (order === undefined && json !== true) await print([...heading(next, Date.now()), ""].join("\n"));
    order = next;
    const { history } = order;
    for (; shown < history.length; shown++) {
      const line = history[shown];
      if (line === undefined) break;
      await print(json === true ? JSON.stringify({ id, ...line }) : timelineRow(line, history[shown - 1]));
    }
  }
  return order?.status ?? "unknown";
}

/** An order each time that it has changed, from now until it has ended. Outages after the first answer are waited out. */
async function* versions(api: Api, id: string, interrupted: AbortSignal): AsyncGenerator<OrderWithHistory> {
  let known: Answer<OrderWithHistory> | undefined;
  let isAway = false;
  while (!interrupted.aborted) {
    const etag = known?.headers.get("etag") ?? undefined;
    const changed = await api.getChanged<OrderWithHistory>(`/orders/${id}`, etag).catch((error: unknown) => {
      if (known === undefined || !(error instanceof Unavailable)) throw error;
      if (!isAway) progress(`${error.message}\nwaiting until it answers again …`);
      isAway = true;
      return "away" as const;
    });
    if (changed !== "away") isAway = false;
    if (changed !== "away" && changed !== undefined) {
      known = changed;
      yield changed.body;
      if (endedStatuses.has(changed.body.status)) return;
    }
    await delay(intervalMs, undefined, { signal: interrupted }).catch(() => {});
  }
}
