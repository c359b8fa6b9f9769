import { createHash } from "node:crypto";
import { isListedByDueTime, type Position } from "../../core/db/list-orders.ts";
import { uuidFromBytes, uuidToBytes } from "../../core/db/uuid.ts";
import { orderStatuses } from "../../core/domain/order.ts";
import { Problem } from "../../core/domain/problem.ts";

// A cursor is base64url of: the status (1 byte), the due time in milliseconds (8 bytes), the id (16 bytes), of a search
// the beginning of a hash of its text (4 bytes), and the beginning of a hash of all these (4 bytes), which tells a cursor
// that was cut or altered from a real one.
const hashLength = 4;
const positionLength = 1 + 8 + 16;

/** 9999-12-31T23:59:59.999Z, the last time that a DATETIME holds. A made-up later one would be a failing statement. */
const lastDueTime = 253_402_300_799_999n;

/** What a list holds, as the client gave it. */
export interface Filter {
  readonly status?: string | undefined;
  readonly item?: string | undefined;
}

/** The cursor of the page behind this position of a list. */
export function encodeCursor(filter: Filter, { id, dueAt }: Position): string {
  const content = Buffer.alloc(positionLength);
  content.writeUInt8(statusByte(filter), 0);
  content.writeBigInt64BE(BigInt(dueAt?.getTime() ?? 0), 1);
  uuidToBytes(id).copy(content, 9);
  return sealed(Buffer.concat([content, itemHash(filter)]));
}

/**
 * The position that a cursor stands for.
 *
 * @throws {Problem} 400 when it was altered or belongs to a list with another filter
 */
export function decodeCursor(filter: Filter, cursor: string): Position {
  const bytes = Buffer.from(cursor, "base64url");
  const content = bytes.subarray(0, -hashLength);
  const itemLength = content.length - positionLength;
  const dueTime = itemLength >= 0 ? content.readBigInt64BE(1) : -1n;
  const isIntact =
    (itemLength === 0 || itemLength === hashLength) &&
    sealed(content) === cursor &&
    dueTime >= 0n &&
    dueTime <= lastDueTime;
  if (!isIntact) throw new Problem("malformed-cursor", "The cursor is damaged; begin again without one.");
  if (content.readUInt8(0) !== statusByte(filter)) throw ofAnotherList("status");
  if (!content.subarray(positionLength).equals(itemHash(filter))) throw ofAnotherList("item");
  const dueAt = isListedByDueTime(filter.status) ? new Date(Number(dueTime)) : null;
  return { id: uuidFromBytes(content.subarray(9, positionLength)), dueAt };
}

function ofAnotherList(parameter: keyof Filter): Problem {
  const detail = `The cursor belongs to a list with another ${parameter}; begin again without one.`;
  return new Problem("malformed-cursor", detail);
}

function statusByte({ status }: Filter): number {
  const known: readonly (string | undefined)[] = orderStatuses;
  return 1 + known.indexOf(status);
}

/** Of the text as it is searched for; nothing where there is no search. */
function itemHash({ item }: Filter): Buffer {
  return item === undefined ? Buffer.alloc(0) : hash(Buffer.from(item.trim()));
}

function sealed(content: Buffer): string {
  return Buffer.concat([content, hash(content)]).toString("base64url");
}

function hash(content: Buffer): Buffer {
  return createHash("sha256").update(content).digest().subarray(0, hashLength);
}
