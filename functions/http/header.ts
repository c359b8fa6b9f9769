import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** The value of a request's header; names are case-insensitive (RFC 9110 section 5.1). */
export function header({ headers }: APIGatewayProxyEventV2, name: string): string | undefined {
  // An HTTP API sends names in lower case; others that invoke the function may not.
  return headers[name] ?? Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];
}
