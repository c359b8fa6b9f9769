import { expect, it } from "vitest";
import { openScreen } from "./screen.ts";

it("draws over what it drew before, and no more than fits", () => {
  let written = "";
  const draw = openScreen({ columns: 5, rows: 3, write: (text) => (written += text) });
  draw(["\x1b[31mfirst line\x1b[39m", "2", "3"]);
  expect(written).toBe("first\n2\n");
  written = "";
  draw(["a"]);
  expect(written).toBe("\x1b[2A\x1b[Ja\n");
  written = "";
  draw(["b"]);
  expect(written).toBe("\x1b[1A\x1b[Jb\n");
});

it("takes a terminal that has no size for one of the usual size", () => {
  let written = "";
  openScreen({ columns: 0, rows: 0, write: (text) => (written += text) })(["a", "b"]);
  expect(written).toBe("a\nb\n");
});
