import { BinaryReader } from "@bufbuild/protobuf/wire";

/** Bytes that are no request. */
export class UnreadableRequest {
  /** What is wrong with them, for the caller. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The field number of a request's one field: the update, or the updates. */
const updatesField = 1;

/**
 * Makes a decoder that never throws, because grpc-js answers bytes that it cannot decode with INTERNAL, as if the fault
 * were the server's.
 *
 * It counts the updates before it makes objects of them: one message has room for 10 million that are empty, which would
 * be over a gigabyte of objects.
 */
export function requestDecoder<T>(decode: (bytes: Buffer) => T, maxUpdates: number) {
  return (bytes: Buffer): T | UnreadableRequest => {
    try {
      if (hasMoreUpdates(bytes, maxUpdates)) {
        return new UnreadableRequest(`updates: expected at most ${maxUpdates}`);
      }
      return decode(bytes);
    } catch {
      return new UnreadableRequest("expected a protobuf message as orders.proto has it");
    }
  };
}

/** @throws when the bytes are not a sequence of fields */
function hasMoreUpdates(bytes: Buffer, most: number): boolean {
  const reader = new BinaryReader(bytes);
  let count = 0;
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    reader.skip(wireType, number);
    if (number === updatesField) count += 1;
    if (count > most) return true;
  }
  return false;
}
