import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { header } from "./header.ts";

/**
 * Whether the client has what it asks for already: its `If-None-Match` is a list of entity tags, compared weakly, or `*`
 * for any (RFC 9110 section 13.1.2).
 */
export function isKnown(event: APIGatewayProxyEventV2, etag: string): boolean {
  const tags = header(event, "if-none-match")
    ?.split(",")
    .map((tag) => tag.trim().replace(/^W\//, ""));
  return tags?.some((tag) => tag === etag || tag === "*") ?? false;
}
