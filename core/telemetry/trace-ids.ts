import { hash, randomBytes } from "node:crypto";

// The queue carries no trace context, so every process derives it from the order's id alone (docs/decisions/telemetry.md).

/** The trace of an order, as 32 hexadecimal digits: its UUID's 16 bytes, of which the last 62 bits are random. */
export function traceIdOf(orderId: string): string {
  return orderId.replaceAll("-", "").toLowerCase();
}

/**
 * The id of a span that other processes can name as their parent without being told, as 16 hexadecimal digits.
 *
 * @param orderId in lower case
 * @param name what the span stands for, such as `create` or `attempt/1/claim`
 */
export function derivedSpanId(orderId: string, name: string): string {
  return hash("sha256", `${orderId}/${name}`).slice(0, 16);
}

/** The id of a span that nobody outside this process is to name. */
export function randomSpanId(): string {
  return randomBytes(8).toString("hex");
}
