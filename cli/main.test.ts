import { describe, expect, test } from "vitest";
import { runOrders } from "../test/harness/cli.ts";

// None of them talks to a system.
const orders = (...args: readonly string[]) => runOrders(args, {});

describe.concurrent("exits with 2, and says what is wrong, for", () => {
  test.each([
    ["no item", ["create", "--price", "1"]],
    ["no price", ["create", "--item", "Laptop"]],
    ["a price in words", ["create", "--item", "Laptop", "--price", "cheap"]],
    ["a malformed id", ["why", "42"]],
    ["no id", ["show"]],
    ["an unknown status", ["list", "--status", "lost"]],
    ["no orders to list", ["list", "--limit", "0"]],
    ["an address that is none", ["stats", "--url", "orders.example.com"]],
    ["too high a rate", ["load", "--rate", "5001"]],
    ["too long a time", ["load", "--seconds", "3601"]],
    ["a word too many", ["stats", "now"]],
  ])("%s", async (_, args) => {
    const { code, stdout, stderr } = await orders(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: .*--help tells more/s);
  });
});

describe.concurrent("help", () => {
  test("of all is printed when there is no command, in groups, with examples and exit codes", async () => {
    const { code, stdout, stderr } = await orders();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe((await orders("--help")).stdout);
    for (const heading of ["Orders", "The system", "Upkeep", "Examples"])
      expect(stdout).toMatch(new RegExp(`^${heading}:$`, "m"));
    expect(stdout).toContain("Exit codes: 0 done; 1 failed, refused or not found; 2 wrong usage.");
  });

  const commands = "create list show watch why cancel redrive stats top load doctor migrate archive".split(" ");
  test.each(commands)("of %s has options, --json and an example that it takes", async (command) => {
    const { code, stdout } = await orders(command, "--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}--json +\S/m);
    expect(stdout).toMatch(new RegExp(`^Examples:\\n {2}npm run orders -- ${command}\\b`, "m"));
    expect(stdout).toContain("Exit codes:");
  });
});
