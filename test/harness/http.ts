import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { afterAll, beforeAll, expect } from "vitest";
import type { HttpFunction } from "../../functions/http/stack.ts";
import { defaultRoute, expectDocumented, type Route } from "./contract.ts";
import { asUser } from "./users.ts";

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

/** Sends a request to a handler. The answer is one that the OpenAPI document tells of, or the test fails. */
export async function send(handler: HttpFunction, request: HttpRequest): Promise<HttpAnswer> {
  // Every invocation has a context of its own.
  const context = { functionName: "test", awsRequestId: "test", getRemainingTimeInMillis: () => 29_000 } as Context;
  const answer = answerOf(await handler(httpEvent(request), context));
  const route = routeOf.get(handler);
  if (route !== undefined) expectDocumented(route, answer);
  return answer;
}

function answerOf({ statusCode, headers = {}, body = "" }: APIGatewayProxyStructuredResultV2): HttpAnswer {
  const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const isJson = body !== "" && String(lowered["content-type"]).includes("json");
  return { status: statusCode ?? 200, headers: lowered, text: body, body: isJson ? JSON.parse(body) : undefined };
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

/** The handlers, by the names that they are deployed under. */
const handlers = {
  createOrder: { route: "POST /orders", load: () => import("../../functions/create-order.ts") },
  createOrders: { route: "POST /orders/batch", load: () => import("../../functions/create-orders.ts") },
  listOrders: { route: "GET /orders", load: () => import("../../functions/list-orders.ts") },
  getOrder: { route: "GET /orders/{id}", load: () => import("../../functions/get-order.ts") },
  whyOrder: { route: "GET /orders/{id}/why", load: () => import("../../functions/why-order.ts") },
  cancelOrder: { route: "POST /orders/{id}/cancel", load: () => import("../../functions/cancel-order.ts") },
  redriveOrder: { route: "POST /orders/{id}/redrive", load: () => import("../../functions/redrive-order.ts") },
  stats: { route: "GET /stats", load: () => import("../../functions/stats.ts") },
  health: { route: "GET /health", load: () => import("../../functions/health.ts") },
  dashboard: { route: "GET /", load: () => import("../../functions/dashboard.ts") },
  openapi: { route: "GET /openapi.json", load: () => import("../../functions/openapi.ts") },
  unknownRoute: { route: defaultRoute, load: () => import("../../functions/unknown-route.ts") },
} as const;

/** Which route leads to a handler; none to one that a test made itself. */
const routeOf = new WeakMap<HttpFunction, Route>();

/** The handlers of one process, with the connections that they share. */
export type Functions = { readonly [K in keyof typeof handlers]: HttpFunction } & {
  /** Wraps a handler of the test's own in what every route has. */
  readonly httpFunction: typeof import("../../functions/http/stack.ts").httpFunction;
};

const defaults = {
  MYSQL_CONNECTIONS: "4",
  LOG_LEVEL: "error",
  // A busy machine must not lose entries to the time that enqueueing may take: few tests are about that.
  ENQUEUE_TIMEOUT_MS: "5000",
  // Empty is as if absent.
  ...{ STAGE: "", API_KEYS: "", CORS_ORIGINS: "" },
};

/**
 * Loads the handlers as a process of their own would, configured by its environment, with the handlers' user in place of
 * the one in MYSQL_URL. Use what is returned within tests and later hooks only.
 */
export function useFunctions(
  environment: () => { MYSQL_URL: string; REDIS_URL: string } & Readonly<Record<string, string>>,
): Functions {
  const loaded = {} as { -readonly [K in keyof Functions]: Functions[K] };
  beforeAll(async () => {
    const given = environment();
    Object.assign(process.env, defaults, given, { MYSQL_URL: asUser("handlers", given.MYSQL_URL) });
    for (const [name, { route, load }] of Object.entries(handlers)) {
      const { handler } = await load();
      routeOf.set(handler, route);
      loaded[name as keyof typeof handlers] = handler;
    }
    loaded.httpFunction = (await import("../../functions/http/stack.ts")).httpFunction;
  });
  afterAll(async () => {
    const { database, doorbell } = await import("../../functions/runtime.ts");
    doorbell.close();
    await database.close();
  });
  return loaded;
}
