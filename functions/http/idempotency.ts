import { createHash } from "node:crypto";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { Idempotency } from "../../core/db/create-orders.ts";
import { Problem } from "../../core/domain/problem.ts";
import { header } from "./header.ts";
import type { OrderInput } from "./order-input.ts";

/** 1 to 255 printable ASCII characters. */
export const idempotencyKeyPattern = /^[\x20-\x7e]{1,255}$/;

/**
 * The value of the `Idempotency-Key` header (IETF draft-ietf-httpapi-idempotency-key-header), or undefined without one.
 *
 * @throws {Problem} 400 when it is malformed
 */
export function idempotencyKey(event: APIGatewayProxyEventV2): string | undefined {
  const key = header(event, "idempotency-key");
  if (key === undefined || idempotencyKeyPattern.test(key)) return key;
  throw new Problem(
    "malformed-idempotency-key",
    "The Idempotency-Key header must have 1 to 255 printable ASCII characters.",
  );
}

/** What a create is recognised by when it is sent again: the key belongs to its caller, the fingerprint to the order. */
export function idempotencyOf(caller: string, key: string | undefined, input: OrderInput): Idempotency | undefined {
  if (key === undefined) return undefined;
  const { item, quantity, priceCents, runAt } = input;
  return {
    key: sha256([caller, key]),
    fingerprint: sha256([item, quantity, priceCents, runAt?.toISOString() ?? null]),
  };
}

function sha256(parts: readonly (string | number | null)[]): Buffer {
  return createHash("sha256").update(JSON.stringify(parts)).digest();
}
