import { describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { problemKinds } from "../../core/domain/problem.ts";
import { send, useFunctions } from "../../test/harness/http.ts";
import { routes } from "../http/routes.ts";
import { openApiDocument, paths } from "./document.ts";

// Neither MySQL nor Redis is asked here.
const functions = useFunctions(() => ({
  MYSQL_URL: `${inject("mysqlUrl")}/orders_none`,
  REDIS_URL: inject("redisUrl"),
}));

interface Media {
  readonly schema: unknown;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: readonly unknown[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Record<string, Media> }>
  >;
}

const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    const route = `${method.toUpperCase()} ${path}`;
    return { route, operation: operation as unknown as Operation };
  }),
);

/** Every schema of requests and answers that comes with examples. */
const exampled = operations.flatMap(({ route, operation }) =>
  [["body", operation.requestBody] as const, ...Object.entries(operation.responses)].flatMap(
    ([what, { content } = {}]) =>
      Object.entries(content ?? {}).map(([type, media]) => ({ where: `${route} ${what} ${type}`, media })),
  ),
);

describe("the OpenAPI document", () => {
  it("is what GET /openapi.json answers", async () => {
    const { status, headers, body } = await send(functions.openapi, { path: "/openapi.json" });
    expect([status, headers["content-type"]]).toEqual([200, "application/json"]);
    expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
    expect(body.openapi).toMatch(/^3\.1\.\d+$/);
  });

  it("has every route, and no other", () => {
    const served = routes.map(({ method, path }) => `${method} ${path}`);
    expect(operations.map(({ route }) => route).toSorted()).toEqual(served.toSorted());
  });

  it("refers to nothing that is not there", () => {
    const document = JSON.parse(JSON.stringify(openApiDocument()));
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference = ""]) => reference,
    );
    expect(references.length).toBeGreaterThan(10);
    for (const reference of new Set(references)) {
      const steps = reference.replace(/^#\//, "").split("/");
      expect(
        steps.reduce((at, step) => at?.[step], document),
        reference,
      ).toBeDefined();
    }
  });

  it("calls every operation by a name of its own", () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it("tells of each kind of problem that a route can answer", () => {
    const text = JSON.stringify(openApiDocument());
    // These two are answers to what is no route.
    const { "not-found": _, "method-not-allowed": __, ...kinds } = problemKinds;
    for (const kind of Object.keys(kinds)) expect(text).toContain(`"urn:problem:orders:${kind}"`);
  });
});

it.each(operations)(
  "$route tells who may call it, and what it answers when something is wrong",
  ({ route, operation }) => {
    const isOpen = ["GET /", "GET /health", "GET /openapi.json"].includes(route);
    expect(operation.security).toEqual(isOpen ? [] : undefined);
    const statuses = Object.keys(operation.responses);
    if (!isOpen) expect(statuses).toEqual(expect.arrayContaining(["401", "422", "500", "503"]));
    if (operation.requestBody !== undefined) expect(statuses).toEqual(expect.arrayContaining(["400", "413", "415"]));
  },
);

it.each(exampled)("the examples of $where are as its schema says", ({ media: { schema, example, examples = {} } }) => {
  if (!(schema instanceof z.ZodType)) return;
  const values = [example, ...Object.values(examples).map(({ value }) => value)].filter((value) => value !== undefined);
  expect(values.length).toBeGreaterThan(0);
  for (const value of values) schema.parse(value);
});
