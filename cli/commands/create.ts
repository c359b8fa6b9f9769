import type { Command } from "commander";
import type { OrderDocument } from "../../core/api/documents.ts";
import { type ApiOptions, apiCommand, openApi } from "../api-command.ts";
import { amount, positiveInteger } from "../numbers.ts";
import { coloured, printAnswer, progress } from "../output.ts";
import { time } from "../times.ts";

interface CreateOptions extends ApiOptions {
  readonly item: string;
  readonly quantity: number;
  readonly price: number;
  readonly runAt?: string;
  readonly idempotencyKey?: string;
}

const examples = [
  "create --item Laptop --price 1299.99",
  "create --item Laptop --quantity 2 --price 1299.99 --run-at 2026-12-24T18:00:00Z",
  "create --item Laptop --price 1299.99 --idempotency-key cart-4711",
];

/** `orders create` */
export function createCommand(): Command {
  return apiCommand("create", examples)
    .description("Create an order, and print its id. With an idempotency key it is safe to be repeated.")
    .requiredOption("-i, --item <text>", "what is ordered")
    .option("-q, --quantity <n>", "how many", positiveInteger, 1)
    .requiredOption("-p, --price <amount>", "the price of one", amount)
    .option("--run-at <time>", "not to be worked on before then (RFC 3339)", time)
    .option("-k, --idempotency-key <key>", "the same key and order again answer the order that was made first")
    .action(async (options: CreateOptions) => {
      const { item, quantity, price, runAt, idempotencyKey } = options;
      const { body: order, headers } = await (await openApi(options)).post<OrderDocument>("/orders", {
        body: { item, quantity, price, runAt },
        ...(idempotencyKey !== undefined && { headers: { "Idempotency-Key": idempotencyKey } }),
      });
      const isReplayed = headers.get("idempotent-replayed") === "true";
      await printAnswer(order, options, ({ id, status }) => `${id}  ${coloured(status)}`);
      if (options.json === true) return;
      if (isReplayed) progress("It was created before under this idempotency key; this is its status as of then.");
      progress(`Follow it: npm run orders -- watch ${order.id}`);
    });
}
