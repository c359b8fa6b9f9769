import { describe, expect, it } from "vitest";
import { runningTable, withoutPassword } from "./console/table.ts";
import { createTerminal } from "./console/terminal.ts";
import { Stopped } from "./failure.ts";

function recorded(isTTY: boolean): { text: () => string; output: { write: (text: string) => void; isTTY: boolean } } {
  const written: string[] = [];
  return { text: () => written.join(""), output: { isTTY, write: (text) => void written.push(text) } };
}

describe("createTerminal", () => {
  it("writes plain lines where there is no terminal", async () => {
    const { text, output } = recorded(false);
    let time = 0;
    const terminal = createTerminal(output, () => time);
    await terminal.step("mysql", async (detail) => {
      detail("starting");
      time = 1234;
    });
    await expect(terminal.step("redis", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(terminal.step("http", () => Promise.reject(new Stopped("stopping")))).rejects.toThrow("stopping");
    terminal.close();
    expect(text()).toBe("mysql: starting\nmysql: done in 1.2 s\nredis: failed after 0.0 s\n");
  });

  it("on a terminal redraws one row and leaves a line for each step", async () => {
    const { text, output } = recorded(true);
    const terminal = createTerminal(output, () => 0);
    await terminal.step("mysql", async (detail) => {
      detail("starting");
      terminal.line("a line meanwhile");
    });
    terminal.close();
    expect(text()).toContain("\r\x1b[Ka line meanwhile\n⠋ mysql: starting");
    expect(text()).toMatch(/✓.* mysql {10}0\.0 s/);
    expect(text().endsWith("\r\x1b[K")).toBe(true);
  });
});

describe("runningTable", () => {
  it("aligns what runs where", () => {
    const rows = runningTable([
      { component: "mysql", where: "mysql://h/orders", pid: undefined, log: undefined },
      { component: "worker", where: "http://h", pid: 42, log: ".orders/logs/worker.log" },
    ]);
    expect(rows).toEqual([
      "component  where             pid  log",
      "mysql      mysql://h/orders  —    —",
      "worker     http://h          42   .orders/logs/worker.log",
    ]);
  });

  it.each([
    ["mysql://orders:secret@h:1/orders", "mysql://orders:***@h:1/orders"],
    ["redis://:secret@h:1", "redis://:***@h:1"],
    ["redis://h:1", "redis://h:1"],
  ])("hides the password of %s", (url, shown) => {
    expect(withoutPassword(url)).toBe(shown);
  });
});
