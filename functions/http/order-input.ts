import * as z from "zod";
import { centsFromPrice, maxPriceCents, priceFromCents } from "../../core/domain/money.ts";
import type { OrderContent } from "../../core/domain/order.ts";

const maxItemLength = 255;
const maxQuantity = 1_000_000;
const maxPrice = priceFromCents(maxPriceCents);
const maxRunAheadMs = 366 * 24 * 60 * 60 * 1_000;

const item = z
  .string(`expected a text of 1 to ${maxItemLength} characters`)
  .trim()
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), "expected a text without control characters")
  .refine((text) => text !== "" && Array.from(text).length <= maxItemLength, {
    message: `expected 1 to ${maxItemLength} characters, not counting spaces around`,
  });

const quantityMessage = `expected an integer from 1 to ${maxQuantity}`;
const quantity = z.int(quantityMessage).min(1, quantityMessage).max(maxQuantity, quantityMessage);

const priceMessage = `expected a number from 0 to ${maxPrice} with at most two decimals`;
const priceCents = z
  .number(priceMessage)
  .min(0, priceMessage)
  .max(maxPrice, priceMessage)
  .transform((price, context) => {
    const cents = centsFromPrice(price);
    if (cents !== null) return cents;
    context.addIssue({ code: "custom", message: priceMessage });
    return z.NEVER;
  });

/** A time that is not in the future is as if absent. */
const runAt = z.iso
  .datetime({ offset: true, error: "expected an RFC 3339 time such as 2030-01-31T12:00:00Z" })
  .transform((text) => new Date(text))
  .refine((time) => time.getTime() <= Date.now() + maxRunAheadMs, "expected a time at most a year ahead")
  .transform((time) => (time.getTime() > Date.now() ? time : null));

/** What a client sends to create an order; what comes out is normalised. */
export const orderInput = z
  .strictObject({ item, quantity, price: priceCents, runAt: runAt.optional() }, "expected a JSON object")
  .transform(({ item, quantity, price, runAt }): OrderContent => {
    return { item, quantity, priceCents: price, runAt: runAt ?? null };
  });
