import { createHash } from "node:crypto";
import { isListedByDueTime, type Position } from "../../core/db/orders.ts";
import { uuidFromBytes, uuidToBytes } from "../../core/db/uuid.ts";
import { type OrderStatus, orderStatuses } from "../../core/domain/order.ts";
import { Problem } from "../../core/domain/problem.ts";

// A cursor is base64url of: the filter (1 byte), the due time in milliseconds (8 bytes), the id (16 bytes), and the
// beginning of a hash of these (4 bytes), which tells a cursor that was cut or altered from a real one.
const hashLength = 4;
const contentLength = 1 + 8 + 16;

/** 9999-12-31T23:59:59.999Z, the last time that a DATETIME holds. A made-up later one would be a failing statement. */
const lastDueTime = 253_402_300_799_999n;

/** The cursor of the page behind this position of a list. */
export function encodeCursor(status: OrderStatus | undefined, { id, dueAt }: Position): string {
  const content = Buffer.alloc(contentLength);
  content.writeUInt8(filterByte(status), 0);
  content.writeBigInt64BE(BigInt(dueAt?.getTime() ?? 0), 1);
  uuidToBytes(id).copy(content, 9);
  return Buffer.concat([content, hash(content)]).toString("base64url");
}

/**
 * The position that a cursor stands for.
 *
 * @param status the filter as the client gave it
 * @throws {Problem} 400 when it was altered or belongs to a list with another filter
 */
export function decodeCursor(status: string | undefined, cursor: string): Position {
  const bytes = Buffer.from(cursor, "base64url");
  const content = bytes.subarray(0, contentLength);
  const dueTime = content.length === contentLength ? content.readBigInt64BE(1) : -1n;
  const isIntact =
    bytes.toString("base64url") === cursor &&
    bytes.length === contentLength + hashLength &&
    hash(content).equals(bytes.subarray(contentLength)) &&
    dueTime >= 0n &&
    dueTime <= lastDueTime;
  if (!isIntact) throw new Problem("malformed-cursor", "The cursor is damaged; begin again without one.");
  if (content.readUInt8(0) !== filterByte(status)) {
    throw new Problem("malformed-cursor", "The cursor belongs to a list with another status; begin again without one.");
  }
  const dueAt = isListedByDueTime(status) ? new Date(Number(dueTime)) : null;
  return { id: uuidFromBytes(content.subarray(9)), dueAt };
}

function filterByte(status: string | undefined): number {
  const known: readonly (string | undefined)[] = orderStatuses;
  return 1 + known.indexOf(status);
}

function hash(content: Buffer): Buffer {
  return createHash("sha256").update(content).digest().subarray(0, hashLength);
}
