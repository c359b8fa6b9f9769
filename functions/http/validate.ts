import type * as z from "zod";
import { type FieldError, Problem } from "../../core/domain/problem.ts";

/**
 * Checks a value against a schema.
 *
 * @throws {Problem} 422 with an entry for each thing that is wrong
 */
export function validate<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap(fieldErrors);
  const fields = errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join("; ");
  throw new Problem("validation-failed", `Not valid: ${fields}`, { errors });
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code !== "unrecognized_keys") return [{ pointer: pointer(issue.path), detail: issue.message }];
  return issue.keys.map((key) => ({
    pointer: pointer([...issue.path, key]),
    detail: "is not known here; leave it out",
  }));
}

/** A JSON Pointer as a URI fragment, RFC 6901 sections 3 and 6. */
function pointer(path: readonly PropertyKey[]): string {
  const tokens = path.map((key) =>
    encodeURIComponent(String(key).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")),
  );
  return ["#", ...tokens].join("/");
}
