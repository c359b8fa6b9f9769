import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod";
import { type FieldError, Problem } from "../../core/domain/problem.ts";

/** More errors than anybody reads are not told of: the answer to a large body stays small. */
const maxErrors = 20;

/** Longer names of unknown fields are not repeated, in UTF-16 code units. */
const maxNameLength = 100;

/**
 * Checks a value against a schema.
 *
 * @throws {Problem} 422 with an entry for each place that is wrong, up to {@link maxErrors}
 */
export function validate<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = firstOfEachPlace(result.error.issues.flatMap(fieldErrors)).slice(0, maxErrors);
  const fields = errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join("; ");
  throw new Problem("validation-failed", `Not valid: ${fields}`, { errors });
}

function firstOfEachPlace(errors: readonly FieldError[]): FieldError[] {
  const places = new Map<string, FieldError>();
  for (const error of errors) if (!places.has(error.pointer)) places.set(error.pointer, error);
  return [...places.values()];
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code !== "unrecognized_keys") return [{ pointer: pointer(issue.path), detail: issue.message }];
  return issue.keys.slice(0, maxErrors).map((key) => unknownField(issue.path, key));
}

function unknownField(path: readonly PropertyKey[], key: string): FieldError {
  if (key.length <= maxNameLength) {
    return { pointer: pointer([...path, key]), detail: "is not known here; leave it out" };
  }
  return { pointer: pointer(path), detail: `has an unknown field whose name is longer than ${maxNameLength}` };
}

/** A JSON Pointer as a URI fragment, RFC 6901 sections 3 and 6. */
function pointer(path: readonly PropertyKey[]): string {
  const tokens = path.map((key) =>
    encodeURIComponent(String(key).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")),
  );
  return ["#", ...tokens].join("/");
}

const nothing = z.strictObject({});

/**
 * Refuses every query parameter of a route that knows none.
 *
 * @throws {Problem} 422
 */
export function noQuery({ queryStringParameters }: APIGatewayProxyEventV2): void {
  validate(nothing, queryStringParameters ?? {});
}
