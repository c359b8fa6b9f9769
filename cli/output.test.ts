import { expect, it } from "vitest";
import { cut, plain, wrapped } from "./output.ts";

it("a text from elsewhere does not move the cursor, nor begin a line", () => {
  expect(plain("\x1b[2J\x1b]0;title\x07stack\n\tat line\r1\u2028end")).toBe("stack at line 1 end");
});

it("a text that is too long is cut between characters", () => {
  expect(cut("Laptop", 6)).toBe("Laptop");
  expect(cut("Laptops", 6)).toBe("Lapto…");
  expect(cut("📦📦📦", 2)).toBe("📦…");
});

it("a text is broken between words where the terminal has a width", () => {
  expect(wrapped("the lease ends in 7 s", 10)).toEqual(["the lease", "ends in 7", "s"]);
  expect(wrapped("unbreakable", 4)).toEqual(["unbreakable"]);
  expect(wrapped("the lease ends in 7 s", undefined)).toEqual(["the lease ends in 7 s"]);
});
