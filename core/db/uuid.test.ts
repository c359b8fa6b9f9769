import fc from "fast-check";
import { expect, it } from "vitest";
import { uuidFromBytes, uuidToBytes } from "./uuid.ts";

it("a UUID survives becoming 16 bytes and being read again", () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      expect(uuidToBytes(uuid)).toHaveLength(16);
      expect(uuidFromBytes(uuidToBytes(uuid))).toBe(uuid);
      expect(uuidFromBytes(uuidToBytes(uuid.toUpperCase()))).toBe(uuid);
    }),
  );
});

it("the order of the bytes is the order of the texts", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (one, other) => {
      expect(Math.sign(Buffer.compare(uuidToBytes(one), uuidToBytes(other)))).toBe(
        one < other ? -1 : Number(one > other),
      );
    }),
  );
});
