import type { FieldError, Problem } from "./types.ts";

/** A request that was not answered, or not with what was asked for. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly title: string;
  readonly errors: readonly FieldError[];

  constructor(status: number, title: string, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.status = status;
    this.title = title;
    this.errors = errors;
  }

  /** Whether the same request may succeed a moment later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** What a failed fetch throws, as ours. */
export function unreachable(cause: unknown): ApiError {
  const isTimeout = cause instanceof DOMException && cause.name === "TimeoutError";
  return isTimeout
    ? new ApiError(0, "No answer", "The API did not answer in time.")
    : new ApiError(0, "Not reachable", "The API cannot be reached.");
}

/** The error of an answer that is none of those asked for; of others than our API, too, such as a proxy. */
export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  const problem = parsed(text);
  if (problem === undefined) {
    return new ApiError(response.status, `Status ${response.status}`, "The answer says no more than its status.");
  }
  return new ApiError(response.status, problem.title, problem.detail, problem.errors);
}

function parsed(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isProblem(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "title" in value && "detail" in value;
}
