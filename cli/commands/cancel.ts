import type { Command } from "commander";
import type { OrderDocument } from "../../core/api/documents.ts";
import { type ApiOptions, apiCommand, openApi, orderId } from "../api-command.ts";
import { coloured, printAnswer } from "../output.ts";

/** `orders cancel` */
export function cancelCommand(): Command {
  return apiCommand("cancel", ["cancel 01a2090f-79ac-7a03-964f-3256223620c7"])
    .description("Cancel an order that no worker has claimed. Doing it again changes nothing.")
    .argument("<id>", "the order's id", orderId)
    .action(async (id: string, options: ApiOptions) => {
      const { body: order } = await (await openApi(options)).post<OrderDocument>(`/orders/${id}/cancel`);
      await printAnswer(order, options, ({ status }) => `${id}  ${coloured(status)}`);
    });
}
