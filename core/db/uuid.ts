/** The 16 bytes of a UUID in text form, RFC 9562 section 4. */
export function uuidToBytes(text: string): Buffer {
  return Buffer.from(text.replaceAll("-", ""), "hex");
}

/** The lower-case text form of the 16 bytes of a UUID. */
export function uuidFromBytes(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A UUID as MySQL's literal of its 16 bytes. Safe in a statement: whatever is not hexadecimal is left out. */
export function uuidLiteral(text: string): string {
  return `0x${text.replace(/[^0-9a-f]/gi, "")}`;
}
