import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { allowedMethods, routes } from "./routes.ts";

interface ServerlessConfig {
  readonly functions: Readonly<Record<string, { handler: string; events?: readonly { httpApi?: string }[] }>>;
}

async function deployed(): Promise<readonly { route: string; handler: string }[]> {
  const text = await readFile(new URL("../../serverless.yml", import.meta.url), "utf8");
  // Tags of CloudFormation are not known here.
  const { functions } = parse(text, { logLevel: "error" }) as ServerlessConfig;
  return Object.values(functions).flatMap(({ handler, events = [] }) =>
    events.flatMap(({ httpApi }) => (httpApi === undefined ? [] : [{ route: httpApi, handler }])),
  );
}

describe("the routes", () => {
  it("are those of serverless.yml", async () => {
    const served = (await deployed()).map(({ route }) => route).filter((route) => route !== "*");
    expect(served.toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
  });

  it("have a last one that answers for everything else", async () => {
    const last = (await deployed()).filter(({ route }) => route === "*");
    expect(last).toEqual([{ route: "*", handler: "functions/unknown-route.handler" }]);
  });

  it("lead to handlers that are there", async () => {
    for (const { handler } of await deployed()) {
      const file = new URL(`../../${handler.replace(/\.handler$/, ".ts")}`, import.meta.url);
      expect(await readFile(file, "utf8")).toMatch(/^export const handler = (publicH|h)ttpFunction\(/m);
    }
  });
});

describe("the methods allowed", () => {
  it.each([
    ["/orders", ["POST", "GET"]],
    ["/orders/batch", ["POST"]],
    ["/orders/019aac53-1234-7000-8000-0123456789ab", ["GET"]],
    ["/orders/019aac53-1234-7000-8000-0123456789ab/cancel", ["POST"]],
    ["/orders/019aac53-1234-7000-8000-0123456789ab/redrive", ["POST"]],
    ["/orders/019aac53-1234-7000-8000-0123456789ab/why", ["GET"]],
    ["/orders//cancel", []],
    ["/stats", ["GET"]],
    ["/openapi.json", ["GET"]],
    ["/orders/anything", ["GET"]],
    ["/health", ["GET"]],
    ["/", ["GET"]],
    ["", []],
    ["/orders/", []],
    ["/orders/1/2", []],
    ["//orders", []],
    ["/Orders", []],
    ["/orders/{id}/x", []],
    ["/health/", []],
    ["/healthy", []],
  ])("at %j are %j", (path, methods) => {
    expect(allowedMethods(path)).toEqual(methods);
  });
});
