import type { ApiTarget } from "./api-target.ts";
import { Failure } from "./failure.ts";

/** Longer than the API takes for its slowest answer, in milliseconds. */
const timeoutMs = 30_000;

/** What an answer held. */
export interface Answer<T> {
  readonly body: T;
  readonly headers: Headers;
}

/** A body to be sent as JSON, and headers beside those that every request has. */
interface Sent {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A problem document (RFC 9457), as far as it is shown. */
interface ProblemDocument {
  /** What kind of problem it is, as a URN. */
  readonly type: string;
  readonly title: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** The API does not answer, or cannot at the moment: asking again later may do. */
export class Unavailable extends Failure {}

/** The API says that there is no such thing. */
export class NotFound extends Failure {}

/** The HTTP API. Its connections stay open between requests. */
export class Api {
  readonly #target: ApiTarget;

  constructor(target: ApiTarget) {
    this.#target = target;
  }

  get url(): string {
    return this.#target.url;
  }

  /** What lets the requests in. */
  get authorization(): Readonly<Record<string, string>> {
    return this.#target.key === undefined ? {} : { Authorization: `Bearer ${this.#target.key}` };
  }

  /** @throws {Failure} with what the API said, and what to do */
  async get<T>(path: string): Promise<T> {
    return (await this.#send<T>("GET", path, {})).body;
  }

  /** Undefined when it is still what the entity tag is of. @throws {Failure} */
  async getChanged<T>(path: string, etag: string | undefined): Promise<Answer<T> | undefined> {
    const headers: Readonly<Record<string, string>> = etag === undefined ? {} : { "If-None-Match": etag };
    const answer = await this.#send<T>("GET", path, { headers });
    return answer.body === undefined ? undefined : answer;
  }

  /** @throws {Failure} */
  async post<T>(path: string, sent: Sent = {}): Promise<Answer<T>> {
    return this.#send<T>("POST", path, sent);
  }

  async #send<T>(method: string, path: string, sent: Sent): Promise<Answer<T>> {
    const { status, headers, text } = await this.#fetch(method, path, sent).catch((error: unknown) =>
      this.#explain(error),
    );
    if (status === 304) return { body: undefined as T, headers };
    const isProblem = headers.get("content-type")?.startsWith("application/problem+json") === true;
    const body = /\bjson\b/.test(headers.get("content-type") ?? "") ? parsed(text) : undefined;
    if (status >= 200 && status < 300 && body !== undefined) return { body: body as T, headers };
    throw isProblem && body !== undefined ? this.#problem(status, body as ProblemDocument) : this.#stranger(status);
  }

  async #fetch(method: string, path: string, { body, headers }: Sent) {
    const response = await fetch(`${this.#target.url}${path}`, {
      method,
      headers: {
        ...this.authorization,
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "manual",
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  #problem(status: number, { type, title, detail, errors = [] }: ProblemDocument): Failure {
    // A detail beside fields says the same once more.
    const what =
      errors.length > 0 ? errors.map((each) => `\n  ${each.pointer}: ${each.detail}`).join("") : ` ${detail}`;
    const isNoOrder = type === "urn:problem:orders:order-not-found";
    const remedy = isNoOrder ? "npm run orders -- list shows which orders there are." : this.#remedyFor(status);
    const text = `${status} ${title}:${what}${remedy && `\n${remedy}`}`;
    if (isNoOrder) return new NotFound(text);
    return isPassing(status) ? new Unavailable(text) : new Failure(text);
  }

  #remedyFor(status: number): string {
    if (status === 401) {
      return this.#target.key === undefined
        ? "Set the environment variable ORDERS_API_KEY to a key of this API."
        : "The key in ORDERS_API_KEY is not one of this API.";
    }
    if (status === 404) return "See that the address is right, and that the system is as new as this command.";
    if (status >= 500) return "npm run orders -- doctor tells what is amiss.";
    return "";
  }

  /** Something else answered. */
  #stranger(status: number): Failure {
    const text = `what answers at ${this.#target.url} is not the API of orders (status ${status}, and not in its words)`;
    // What stands before an API that is away, or asked too often, says so in words of its own.
    return isPassing(status)
      ? new Unavailable(`${text}, or is away or asked too often`)
      : new Failure(`${text}: see that the address is right`);
  }

  #explain(error: unknown): never {
    const { url, remedy } = this.#target;
    if (error instanceof Error && error.name === "TimeoutError") {
      throw new Unavailable(`${url} did not answer within ${timeoutMs / 1_000} s: npm run orders -- doctor tells why`, {
        cause: error,
      });
    }
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause ?? error);
    const isTransient = code === "ECONNRESET" || code === "UND_ERR_SOCKET";
    const what = isTransient ? `${url} broke the connection off` : `nothing answers at ${url} (${code})`;
    throw new Unavailable(`${what}: ${remedy}`, { cause: error });
  }
}

/** Whether a status may be another one when the same is asked again: a server's trouble, a time-out, too many requests. */
export function isPassing(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
