import { Problem } from "../core/domain/problem.ts";
import { allowedMethods } from "./http/routes.ts";
import { publicHttpFunction } from "./http/stack.ts";

/** The `$default` route: tells a wrong method (405) from a wrong path (404). An HTTP API itself tells neither. */
export const handler = publicHttpFunction(async (event) => {
  const { method, path } = event.requestContext.http;
  const allowed = allowedMethods(path);
  if (allowed.length === 0) throw new Problem("not-found", `There is nothing at this path.`);
  const list = allowed.join(", ");
  throw new Problem("method-not-allowed", `${method} is not allowed at this path; allowed: ${list}.`, {
    headers: { Allow: list },
  });
});
