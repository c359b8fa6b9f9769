import { publicHttpFunction } from "./http/stack.ts";
import { openApiDocument } from "./openapi/document.ts";

const document = openApiDocument();

/** `GET /openapi.json`: the API as an OpenAPI 3.1 document, for people, generators and fuzzers. */
export const handler = publicHttpFunction(async () => ({ status: 200, body: document }));
