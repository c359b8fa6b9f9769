import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { problemDetails } from "./problem-details.ts";

/** An answer of a handler: JSON with a status and headers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent for an answer without a body. */
  readonly body?: unknown;
}

/** A Lambda function behind an HTTP API with payload format 2.0. */
export type HttpFunction = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Wraps a handler in what every route has: answers as JSON, and every error as a problem document. */
export function httpFunction(handle: (event: APIGatewayProxyEventV2) => Promise<Answer>): HttpFunction {
  const stack = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(problemDetails())
    .handler(async (event) => jsonResponse(await handle(event)));
  return async (event, context) => stack(event, context);
}

function jsonResponse({ status, headers, body }: Answer): APIGatewayProxyStructuredResultV2 {
  if (body === undefined) return { statusCode: status, headers: { ...headers } };
  return {
    statusCode: status,
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
