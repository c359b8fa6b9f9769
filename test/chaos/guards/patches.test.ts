import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../../infra/local/process/run.ts";

const folder = import.meta.dirname;
const root = resolve(folder, "../../..");

test.each(readdirSync(folder).filter((name) => name.endsWith(".patch")))("%s fits the sources", async (name) => {
  const { code, stderr } = await run("git", ["apply", "--check", resolve(folder, name)], { cwd: root });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});
