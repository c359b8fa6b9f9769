import { type Command, Option } from "commander";
import type { OrderPage } from "../../core/api/documents.ts";
import { orderStatuses } from "../../core/domain/order.ts";
import type { Api } from "../api.ts";
import { type ApiOptions, apiCommand, openApi } from "../api-command.ts";
import { positiveInteger } from "../numbers.ts";
import { orderTable } from "../order-table.ts";
import { print, progress, terminalWidth } from "../output.ts";

interface ListOptions extends ApiOptions {
  readonly status?: string;
  readonly item?: string;
  readonly limit: number;
  readonly all?: boolean;
}

/** The most that one request answers. */
const pageSize = 200;

const examples = ["list", "list --status failed --limit 100", "list --item laptop", "list --all --json"];

/** `orders list` */
export function listCommand(): Command {
  return apiCommand("list", examples, "print a JSON array of orders")
    .description("List orders, the newest first; of scheduled, pending and processing the soonest due first.")
    .addOption(new Option("--status <status>", "only orders of this status").choices(orderStatuses))
    .option("--item <text>", "only orders whose item contains the text, in upper or lower case")
    .option("-n, --limit <n>", "at most so many orders", positiveInteger, 20)
    .option("--all", "all of them")
    .action(async (options: ListOptions) => {
      const limit = options.all === true ? Number.POSITIVE_INFINITY : options.limit;
      const pages = pagesOf(await openApi(options), options, limit);
      await (options.json === true ? printJson(pages) : printTable(pages, limit));
    });
}

/** A page may be empty and not the last: the API looks at so many orders for a request, whether they are wanted or not. */
async function* pagesOf(api: Api, { status, item }: ListOptions, limit: number): AsyncGenerator<OrderPage> {
  let cursor: string | null = null;
  let left = limit;
  do {
    const query = new URLSearchParams({
      limit: String(Math.min(left, pageSize)),
      ...(status !== undefined && { status }),
      ...(item !== undefined && { item }),
      ...(cursor !== null && { cursor }),
    });
    const page: OrderPage = await api.get<OrderPage>(`/orders?${query}`);
    cursor = page.nextCursor;
    left -= page.orders.length;
    yield page;
  } while (cursor !== null && left > 0);
}

/** Order by order: all of them may be more than fit into the memory. */
async function printJson(pages: AsyncIterable<OrderPage>): Promise<void> {
  await print("[");
  let separator = " ";
  for await (const { orders } of pages) {
    for (const order of orders) {
      await print(`${separator}${JSON.stringify(order)}`);
      separator = ",";
    }
  }
  await print("]");
}

async function printTable(pages: AsyncIterable<OrderPage>, limit: number): Promise<void> {
  const table = orderTable(terminalWidth());
  let shown = 0;
  let isMore = false;
  for await (const { orders, nextCursor } of pages) {
    if (shown === 0 && orders.length > 0) await print(table.head);
    const now = Date.now();
    if (orders.length > 0) await print(orders.map((order) => table.row(order, now)).join("\n"));
    shown += orders.length;
    isMore = nextCursor !== null;
  }
  if (shown === 0) progress("There are no such orders.");
  else if (isMore && shown >= limit) progress("There are more: --limit or --all shows them.");
}
