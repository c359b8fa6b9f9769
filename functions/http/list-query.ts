import * as z from "zod";
import { orderStatuses } from "../../core/domain/order.ts";
import { item } from "./order-input.ts";

const maxLimit = 200;
const defaultLimit = 50;
const limitMessage = `expected an integer from 1 to ${maxLimit}`;

const status = z
  .enum(orderStatuses, `expected one of ${orderStatuses.join(", ")}`)
  .optional()
  .meta({ description: "Only orders of this status." });

const searched = item.optional().meta({
  description:
    "Only orders whose item contains this text, in upper or lower case. One request looks at a bounded part of the list: a page " +
    "may hold fewer orders than the limit, even none, while `nextCursor` is not null. Ask on with it.",
  examples: ["laptop"],
});

/** Text, as every query parameter is; what is documented is the integer that it stands for. */
const limit = z
  .string()
  .regex(/^\d{1,3}$/, limitMessage)
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= maxLimit, limitMessage)
  .default(defaultLimit)
  .meta({
    description: "How many orders at most.",
    override: ({ jsonSchema }) => {
      delete jsonSchema.pattern;
      Object.assign(jsonSchema, { type: "integer", minimum: 1, maximum: maxLimit, default: defaultLimit });
    },
  });

/** Validated where it is decoded, which is before all else (400 comes before 422). */
const cursor = z
  .string()
  .optional()
  .meta({
    description: "The `nextCursor` of the page before, with the same status and item. Any other text is refused.",
    override: { pattern: "^[A-Za-z0-9_-]{39}([A-Za-z0-9_-]{5})?$" },
  });

/** The query of `GET /orders`. */
export const listQuery = z.strictObject({ status, item: searched, limit, cursor });
