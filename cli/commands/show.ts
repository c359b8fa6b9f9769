import type { Command } from "commander";
import type { OrderDocument, OrderWithHistory } from "../../core/api/documents.ts";
import { type ApiOptions, apiCommand, openApi, orderId } from "../api-command.ts";
import { money } from "../order-table.ts";
import { coloured, grouped, plain, printAnswer } from "../output.ts";
import { timelineRow } from "../timeline.ts";
import { relative } from "../times.ts";

/** `orders show` */
export function showCommand(): Command {
  return apiCommand("show", ["show 01a2090f-79ac-7a03-964f-3256223620c7"])
    .description("Show an order and its history, with the time between any two lines.")
    .argument("<id>", "the order's id", orderId)
    .action(async (id: string, options: ApiOptions) => {
      const order = await (await openApi(options)).get<OrderWithHistory>(`/orders/${id}`);
      await printAnswer(order, options, (shown) => words(shown, Date.now()).join("\n"));
    });
}

function words(order: OrderWithHistory, now: number): readonly string[] {
  return [
    ...heading(order, now),
    "",
    ...order.history.map((line, index) => timelineRow(line, index === 0 ? undefined : order.history[index - 1])),
  ];
}

/** What was ordered, and how it stands. */
export function heading(order: OrderDocument, now: number): readonly string[] {
  const { id, status, item, quantity, price, createdAt, runAt, reason } = order;
  return [
    `${id}  ${coloured(status)}`,
    `${grouped(quantity)} × ${plain(item)} at ${money(price)}, created ${relative(createdAt, now)}`,
    ...(runAt === undefined ? [] : [`not before ${runAt}, ${relative(runAt, now)}`]),
    ...(reason === undefined ? [] : [`last failure: ${plain(reason)}`]),
  ];
}
