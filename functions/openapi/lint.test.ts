import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, it } from "vitest";
import { openApiDocument } from "./document.ts";

async function lint(document: object) {
  const config = await createConfig({
    extends: ["recommended-strict"],
    rules: {
      // Reading a public page has nothing to refuse but what every route can answer.
      "operation-4xx-response": "off",
    },
  });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  return problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]);
}

it("the document breaks no rule of OpenAPI 3.1 and of Redocly's recommended set", async () => {
  expect(await lint(openApiDocument())).toEqual([]);
});

it("the linter would tell", async () => {
  const { paths, ...document } = openApiDocument();
  expect(await lint({ ...document, paths: { ...paths, "/x": { get: { responses: {} } } } })).not.toEqual([]);
});
