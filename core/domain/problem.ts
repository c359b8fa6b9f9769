/** One field of a request that is wrong. */
export interface FieldError {
  /** A JSON Pointer into the request as a URI fragment (RFC 6901 section 6), such as `#/price`. */
  readonly pointer: string;
  /** What was expected. */
  readonly detail: string;
}

/** The problems that a client can be told of: their statuses and titles never change for a kind (RFC 9457). */
export const problemKinds = {
  "malformed-request": { status: 400, title: "The request is malformed" },
  "malformed-idempotency-key": { status: 400, title: "The idempotency key is malformed" },
  "malformed-cursor": { status: 400, title: "The cursor is not one of this list" },
  unauthorized: { status: 401, title: "An API key is needed" },
  "not-found": { status: 404, title: "There is nothing here" },
  "order-not-found": { status: 404, title: "There is no such order" },
  "method-not-allowed": { status: 405, title: "The method is not allowed here" },
  "not-cancellable": { status: 409, title: "The order cannot be cancelled" },
  "not-redrivable": { status: 409, title: "The order cannot be redriven" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The content type is not supported" },
  "validation-failed": { status: 422, title: "The request is not valid" },
  "idempotency-key-reused": { status: 422, title: "The idempotency key belongs to another order" },
  "internal-error": { status: 500, title: "Something went wrong on our side" },
  unavailable: { status: 503, title: "The service is not available at the moment" },
} as const;

export type ProblemKind = keyof typeof problemKinds;

/** An error that a client is told of. It becomes a problem document at the edge and nowhere else. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly kind: ProblemKind;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail what is wrong with this request and what to do about it */
  constructor(
    kind: ProblemKind,
    detail: string,
    more: {
      readonly errors?: readonly FieldError[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: more.cause });
    this.kind = kind;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }

  get status(): number {
    return problemKinds[this.kind].status;
  }
}
