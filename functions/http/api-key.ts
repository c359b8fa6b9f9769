import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { ApiKey } from "../../core/config/functions.ts";
import { Problem } from "../../core/domain/problem.ts";
import { header } from "./header.ts";

/** Who sent a request. */
export interface Caller {
  /** The name of the API key; all callers are one where there are no keys. */
  caller: string;
}

const everybody = "everybody";

/**
 * Lets only those pass who bring one of the keys as a bearer token (RFC 6750 section 2.1), and notes who it is. Without
 * keys everybody passes.
 */
export function apiKey(
  keys: readonly ApiKey[],
): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context & Caller> {
  return {
    before: ({ event, context }) => {
      context.caller = keys.length === 0 ? everybody : nameOf(keys, header(event, "authorization"));
    },
  };
}

function nameOf(keys: readonly ApiKey[], authorization: string | undefined): string {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  // Only hashes are compared, in constant time, and always all of them: the time tells nothing about the keys.
  const hash = createHash("sha256")
    .update(token ?? "")
    .digest();
  const matching = keys.filter((key) => timingSafeEqual(key.sha256, hash));
  const [match] = matching;
  if (token !== undefined && match !== undefined) return match.name;
  throw new Problem("unauthorized", "Send an API key: Authorization: Bearer <key>.", {
    headers: { "WWW-Authenticate": "Bearer" },
  });
}
