import { expect } from "vitest";
import * as z from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponseObject } from "zod-openapi";
import { paths } from "../../functions/openapi/document.ts";
import { problemSchema } from "../../functions/openapi/schemas.ts";
import type { HttpAnswer } from "./http.ts";

/** The route for every request that no other takes. It is in no document. */
export const defaultRoute = "$default";

/** A method and a path template such as `GET /orders/{id}`. */
export type Route = `${"GET" | "POST"} ${keyof typeof paths}` | typeof defaultRoute;

const problem = { description: "", content: { "application/problem+json": { schema: problemSchema } } };

/** Nothing but: no such path, no such method, and the answer to what a browser asks before it asks. */
const unknownRoute: ZodOpenApiOperationObject = {
  responses: { "404": problem, "405": problem, "204": { description: "" } },
};

/** Expects that the OpenAPI document tells of an answer: its status, its headers, and each field of its body. */
export function expectDocumented(route: Route, answer: HttpAnswer): void {
  const { responses = {} } = operationOf(route);
  const documented = responses[`${answer.status}` as keyof typeof responses] as ZodOpenApiResponseObject | undefined;
  if (documented === undefined) throw new Error(`${route} answers ${answer.status}, which is not documented`);
  for (const [name, header] of Object.entries(documented.headers ?? {})) {
    const isRequired = "required" in header && header.required === true;
    if (isRequired) expect(answer.headers, `${route} ${answer.status}`).toHaveProperty(name.toLowerCase());
  }
  if (documented.content === undefined) {
    expect(answer.text, `${route} ${answer.status} has no body`).toBe("");
    return;
  }
  const type = String(answer.headers["content-type"]).replace(/;.*/, "");
  expect(Object.keys(documented.content), `${route} ${answer.status}`).toContain(type);
  const schema = documented.content[type]?.schema;
  if (!(schema instanceof z.ZodType)) return;
  const { success, error } = schema.safeParse(answer.body);
  if (!success) throw new Error(`${route} ${answer.status} is not as documented:\n${z.prettifyError(error)}`);
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  if (route === defaultRoute) return unknownRoute;
  const [method = "", path = ""] = route.split(" ");
  const operations: ZodOpenApiPathsObject = paths;
  const operation = operations[path]?.[method.toLowerCase() as "get" | "post"];
  if (operation === undefined) throw new Error(`${route} is not documented`);
  return operation;
}
