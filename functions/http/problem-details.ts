import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { DatabaseUnavailable } from "../../core/db/errors.ts";
import { Problem, problemKinds } from "../../core/domain/problem.ts";
import { log } from "../settings.ts";

/** Tells a client to try again in a second while MySQL is away (RFC 9110 section 10.2.3). */
export const retryAfter = { "Retry-After": "1" } as const;

/** Answers every error with `application/problem+json` (RFC 9457). Only a {@link Problem} tells what happened. */
export function problemDetails(): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    onError: (request) => {
      request.response = problemResponse(asProblem(request.error));
    },
  };
}

/** The document of a problem. */
export function problemDocument({ kind, message, errors }: Problem) {
  const { status, title } = problemKinds[kind];
  return {
    type: `urn:problem:orders:${kind}`,
    title,
    status,
    detail: message,
    ...(errors.length > 0 && { errors }),
  };
}

function problemResponse(problem: Problem): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: problem.status,
    headers: { "Content-Type": "application/problem+json", ...problem.headers },
    body: JSON.stringify(problemDocument(problem)),
  };
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DatabaseUnavailable) {
    log.warn({ err: error }, "a request was refused while MySQL is away");
    return new Problem("unavailable", "The database is not available. Send the same request again in a moment.", {
      headers: retryAfter,
    });
  }
  log.error({ err: error }, "a request failed");
  return new Problem("internal-error", "The request was not answered because of a fault that was logged.");
}
