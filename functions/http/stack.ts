import middy from "@middy/core";
import cors from "@middy/http-cors";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { config } from "../settings.ts";
import { apiKey, type Caller } from "./api-key.ts";
import { problemDetails } from "./problem-details.ts";

/** An answer of a handler: a status, headers, and JSON or a text; neither for an answer without a body. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, with its type in the headers. */
  readonly text?: string;
}

/** A Lambda function behind an HTTP API with payload format 2.0. */
export type HttpFunction = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

type Handle = (event: APIGatewayProxyEventV2, caller: Caller) => Promise<Answer>;

/** Wraps a handler for callers with an API key in what every route has. */
export function httpFunction(handle: Handle): HttpFunction {
  return stack([apiKey(config.API_KEYS)], handle);
}

/** Wraps a handler that anybody may call. */
export function publicHttpFunction(handle: (event: APIGatewayProxyEventV2) => Promise<Answer>): HttpFunction {
  return stack([], handle);
}

type Middleware = middy.MiddlewareObj<
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Error,
  Context & Caller
>;

/** Answers as JSON, every error as a problem document, and headers for the web pages that may read them. */
function stack(guards: readonly Middleware[], handle: Handle): HttpFunction {
  const wrapped = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context & Caller>();
  // What is used first sees the answer last: the headers go on problem documents, too.
  if (config.CORS_ORIGINS.length > 0) wrapped.use(cors(corsOptions));
  wrapped.use([problemDetails(), ...guards]);
  wrapped.handler(async (event, context) => response(await handle(event, context)));
  return async (event, context) => wrapped(event, context as Context & Caller);
}

const corsOptions = {
  origins: [...config.CORS_ORIGINS],
  methods: "GET,POST",
  headers: "Authorization,Content-Type,Idempotency-Key,If-None-Match",
  exposeHeaders: "ETag,Idempotent-Replayed,Location,Retry-After",
  maxAge: 600,
  disableBeforePreflightResponse: false,
};

function response({ status, headers, body, text }: Answer): APIGatewayProxyStructuredResultV2 {
  if (body === undefined)
    return { statusCode: status, headers: { ...headers }, ...(text !== undefined && { body: text }) };
  return {
    statusCode: status,
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
