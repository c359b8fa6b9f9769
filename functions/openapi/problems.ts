import type { ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from "zod-openapi";
import { type ProblemKind, problemKinds } from "../../core/domain/problem.ts";
import { problemExample, problemSchema } from "./schemas.ts";

/** What each problem says, as an example. */
const details: { readonly [K in ProblemKind]?: string } = {
  "malformed-request": "The body is not valid JSON in UTF-8.",
  "malformed-idempotency-key": "The Idempotency-Key header must have 1 to 255 printable ASCII characters.",
  "malformed-cursor": "The cursor is damaged; begin again without one.",
  unauthorized: "Send an API key: Authorization: Bearer <key>.",
  "order-not-found": "There is no order with this id.",
  "not-cancellable": "Nothing was changed: an order that is processing cannot be cancelled.",
  "not-redrivable": "Nothing was changed: an order that is pending cannot be redriven.",
  "body-too-large": "The body has 2000000 bytes; at most 1048576 are read.",
  "unsupported-media-type": "The Content-Type is not supported; send application/json.",
  "validation-failed": "Not valid: #/price: expected a number from 0 to 9999999999.99 with at most two decimals",
  "idempotency-key-reused": "The key was used for another order; use a new key for this one.",
  "internal-error": "The request was not answered because of a fault that was logged.",
  unavailable: "The database is not available. Send the same request again in a moment.",
};

/** The header of every answer while MySQL is away. */
export const retryAfter = {
  "Retry-After": { description: "Seconds after which to try again.", schema: { type: "integer" }, required: true },
} as const;

const headers: { readonly [status: number]: ZodOpenApiResponseObject["headers"] } = {
  401: { "WWW-Authenticate": { description: "Bearer", schema: { type: "string" }, required: true } },
  503: retryAfter,
};

/** The responses for these problems, and for those that every route can answer. */
export function problemResponses(...kinds: ProblemKind[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(
    [...kinds, "internal-error", "unavailable"] as const,
    (kind) => problemKinds[kind].status,
  );
  return Object.fromEntries([...byStatus].map(([status, group]) => [String(status), response(status, group)]));
}

function response(status: number, kinds: readonly ProblemKind[]): ZodOpenApiResponseObject {
  const examples = kinds.map((kind) => [kind, { value: problemExample(kind, details[kind] ?? "") }]);
  return {
    description: kinds.map((kind) => problemKinds[kind].title).join(". "),
    content: { "application/problem+json": { schema: problemSchema, examples: Object.fromEntries(examples) } },
    ...(headers[status] !== undefined && { headers: headers[status] }),
  };
}
