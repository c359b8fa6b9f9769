import { describe, expect, test } from "vitest";
import { getDecoder, getEncoder } from "./other-encodings.ts";

describe("what the functions have for iconv-lite", () => {
  test("reads the notes of a server, in pieces as well", () => {
    const decoder = getDecoder();
    const note = Buffer.from("Rows matched: 1  Changed: 1  Warnings: 0");
    const text = decoder.write(note.subarray(0, 7)) + decoder.write(note.subarray(7)) + decoder.end();
    expect(text).toBe("Rows matched: 1  Changed: 1  Warnings: 0");
  });

  test("sends nothing in another encoding", () => {
    expect(() => getEncoder("gbk")).toThrow("mysql2 was told to send text in gbk");
  });
});
