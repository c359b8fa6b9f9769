import { V7Generator } from "uuidv7";

/** An order's identity and its time of creation, made together from one reading of the clock (D6). */
export interface Birth {
  /** A UUIDv7, RFC 9562 section 5.7. */
  readonly id: string;
  readonly createdAt: Date;
}

/** A clock that is set back by more than this begins a new sequence; by less, ids go on growing. */
const rollbackAllowanceMs = 10_000;

/** Makes identities whose ids grow from one call to the next. `now` is in milliseconds since the Unix epoch. */
export function createBirths(now: () => number): () => Birth {
  const generator = new V7Generator();
  return () => {
    const ms = now();
    return { id: generator.generateOrResetCore(ms, rollbackAllowanceMs).toString(), createdAt: new Date(ms) };
  };
}

/** The smallest UUIDv7 of a time: orders created before it have smaller ids, within the allowance for clocks. */
export function firstIdAt(time: Date): string {
  const ms = time.getTime().toString(16).padStart(12, "0");
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000000`;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID in its 36-character form. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}
