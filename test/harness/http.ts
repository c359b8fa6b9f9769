import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { afterAll, beforeAll, expect } from "vitest";
import type { HttpFunction } from "../../functions/http/stack.ts";

/** A request as a test writes it. */
export interface HttpRequest {
  /** GET unless told otherwise. */
  readonly method?: string;
  readonly path: string;
  /** A text or bytes are sent as they are, anything else as JSON with its content type. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly pathParameters?: Readonly<Record<string, string>>;
}

/** The event of a request, as an HTTP API sends it: payload format 2.0, header names in lower case, bytes in base64. */
export function httpEvent(request: HttpRequest): APIGatewayProxyEventV2 {
  const { method = "GET", path, body, query, pathParameters } = request;
  const isBytes = body instanceof Uint8Array;
  const isJson = body !== undefined && typeof body !== "string" && !isBytes;
  const given = Object.entries({ ...(isJson && { "content-type": "application/json" }), ...request.headers });
  const http = { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" };
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value])),
    ...(query !== undefined && { queryStringParameters: query }),
    ...(pathParameters !== undefined && { pathParameters }),
    ...(body !== undefined && { body: bodyText(body) }),
    isBase64Encoded: isBytes,
    requestContext: {
      ...{ accountId: "anonymous", apiId: "test", domainName: "localhost", domainPrefix: "localhost", http },
      ...{ requestId: "test", routeKey: "$default", stage: "$default" },
      ...{ time: "23/Nov/2026:12:00:00 +0000", timeEpoch: Date.UTC(2026, 10, 23, 12) },
    },
  };
}

function bodyText(body: unknown): string {
  if (body instanceof Uint8Array) return Buffer.from(body).toString("base64");
  return typeof body === "string" ? body : JSON.stringify(body);
}

/** An answer as a client sees it. */
export interface HttpAnswer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** The body's text, and what it says. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what is in it is for the tests to say.
  readonly body: any;
}

const context = { functionName: "test", awsRequestId: "test", getRemainingTimeInMillis: () => 29_000 } as Context;

/** Sends a request to a handler. */
export async function send(handler: HttpFunction, request: HttpRequest): Promise<HttpAnswer> {
  return answerOf(await handler(httpEvent(request), context));
}

function answerOf({ statusCode, headers = {}, body = "" }: APIGatewayProxyStructuredResultV2): HttpAnswer {
  return {
    status: statusCode ?? 200,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    text: body,
    body: body === "" ? undefined : JSON.parse(body),
  };
}

/** Expects a problem document (RFC 9457) of this kind and status, with errors at exactly these places. */
export function expectProblem(
  answer: HttpAnswer,
  expected: { readonly status: number; readonly kind: string; readonly pointers?: readonly string[] },
): void {
  expect({ status: answer.status, type: answer.body?.type }).toEqual({
    status: expected.status,
    type: `urn:problem:orders:${expected.kind}`,
  });
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.body.status).toBe(expected.status);
  expect(answer.body.title).toMatch(/^[A-Z].{5,}/);
  expect(answer.body.detail).toMatch(/^[A-Z].{5,}/s);
  const pointers = answer.body.errors?.map((error: { pointer: string }) => error.pointer);
  expect(pointers).toEqual(expected.pointers);
  for (const error of answer.body.errors ?? []) expect(error.detail).toMatch(/^[a-z].{5,}/);
}

/** The handlers of one process, with the connections that they share. */
export interface Functions {
  readonly createOrder: HttpFunction;
  readonly listOrders: HttpFunction;
  readonly getOrder: HttpFunction;
  readonly health: HttpFunction;
  readonly unknownRoute: HttpFunction;
  /** Wraps a handler of the test's own in what every route has. */
  readonly httpFunction: typeof import("../../functions/http/stack.ts").httpFunction;
}

/**
 * Loads the handlers as a process of their own would, configured by its environment. Use what is returned within tests
 * and later hooks only.
 */
export function useFunctions(environment: () => { MYSQL_URL: string; REDIS_URL: string }): Functions {
  const loaded = {} as { -readonly [K in keyof Functions]: Functions[K] };
  beforeAll(async () => {
    Object.assign(process.env, { MYSQL_CONNECTIONS: "4", LOG_LEVEL: "error" }, environment());
    loaded.createOrder = (await import("../../functions/create-order.ts")).handler;
    loaded.listOrders = (await import("../../functions/list-orders.ts")).handler;
    loaded.getOrder = (await import("../../functions/get-order.ts")).handler;
    loaded.health = (await import("../../functions/health.ts")).handler;
    loaded.unknownRoute = (await import("../../functions/unknown-route.ts")).handler;
    loaded.httpFunction = (await import("../../functions/http/stack.ts")).httpFunction;
  });
  afterAll(async () => {
    const { database, doorbell } = await import("../../functions/runtime.ts");
    doorbell.close();
    await database.close();
  });
  return loaded;
}
