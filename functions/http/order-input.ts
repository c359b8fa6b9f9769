import * as z from "zod";
import { centsFromPrice, maxPriceCents, priceFromCents } from "../../core/domain/money.ts";
import { idempotencyKeyPattern } from "./idempotency.ts";

/** What a client asks for: valid and normalised, the `runAt` as it was given. */
export interface OrderInput {
  readonly item: string;
  readonly quantity: number;
  readonly priceCents: number;
  readonly runAt: Date | null;
}

const maxItemLength = 255;
const maxQuantity = 1_000_000;
const maxPrice = priceFromCents(maxPriceCents);
const maxRunAheadMs = 366 * 24 * 60 * 60 * 1_000;
const maxBatch = 500;
const batchMessage = `expected a list of 1 to ${maxBatch} orders`;

/** What is ordered, and what is searched for among orders. */
export const item = z
  .string(`expected a text of 1 to ${maxItemLength} characters`)
  .trim()
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), "expected a text without control characters")
  .refine((text) => text !== "" && Array.from(text).length <= maxItemLength, {
    message: `expected 1 to ${maxItemLength} characters, not counting spaces around`,
  })
  .meta({
    description: "What is ordered. Spaces around it are cut off; control characters are refused.",
    minLength: 1,
    maxLength: maxItemLength,
    // Something that is not a space, and nothing that is a control character.
    pattern: String.raw`^[^\u0000-\u001F\u007F-\u009F]*[^\s\u0000-\u001F\u007F-\u009F][^\u0000-\u001F\u007F-\u009F]*$`,
    examples: ["Laptop"],
  });

const quantityMessage = `expected an integer from 1 to ${maxQuantity}`;
const quantity = z
  .int(quantityMessage)
  .min(1, quantityMessage)
  .max(maxQuantity, quantityMessage)
  .meta({ description: "How many.", examples: [2] });

const priceMessage = `expected a number from 0 to ${maxPrice} with at most two decimals`;
const price = z
  .number(priceMessage)
  .min(0, priceMessage)
  .max(maxPrice, priceMessage)
  .refine((value) => centsFromPrice(value) !== null, priceMessage)
  .meta({ description: "Exact to two decimals.", multipleOf: 0.01, examples: [1299.99] });

const runAt = z.iso
  .datetime({ offset: true, error: "expected an RFC 3339 time such as 2030-01-31T12:00:00Z" })
  .refine((text) => Date.parse(text) <= Date.now() + maxRunAheadMs, "expected a time at most a year ahead")
  .meta({ description: "Not to be worked on before this time, at most a year ahead. A past time is as if absent." });

/** What the header and the field of a batched order may be. */
export const idempotencyKey = z
  .string("expected a text")
  .regex(idempotencyKeyPattern, "expected 1 to 255 printable ASCII characters")
  .meta({ examples: ["cart-4711"] });

/** The body of `POST /orders`. */
export const orderBody = z
  .strictObject({ item, quantity, price, runAt: runAt.optional() }, "expected a JSON object")
  .meta({ id: "NewOrder", description: "An order to be created." });

/** An element of the body of `POST /orders/batch`. */
export const batchedOrderBody = z
  .strictObject(
    {
      ...orderBody.shape,
      idempotencyKey: idempotencyKey.optional().meta({ description: "As the header Idempotency-Key, for this order." }),
    },
    "expected a JSON object",
  )
  .meta({ id: "NewOrderInBatch", description: "An order to be created, with an idempotency key of its own." });

/** What a valid body asks for. */
export function orderInput({ item, quantity, price, runAt }: z.output<typeof orderBody>): OrderInput {
  const priceCents = centsFromPrice(price);
  if (priceCents === null) throw new TypeError("the price was not validated");
  return { item, quantity, priceCents, runAt: runAt === undefined ? null : new Date(runAt) };
}

/** A batch of these. */
export const batchOf = <S extends z.ZodType>(element: S) =>
  z.array(element, batchMessage).min(1, batchMessage).max(maxBatch, batchMessage);

/** The body of `POST /orders/batch`. Its elements are checked one by one: one that is wrong harms none of the others. */
export const batchBody = z.strictObject({ orders: batchOf(z.unknown()) }, "expected a JSON object");
