import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

it("the embedded migrations are those of the files: npm run generate makes them", async () => {
  const read = (path: string) => readFile(new URL(`./migrations/${path}`, import.meta.url), "utf8");
  const { entries } = JSON.parse(await read("meta/_journal.json")) as { entries: { tag: string; when: number }[] };
  const files = entries.map(async ({ tag, when }) => ({ tag, when, sql: await read(`${tag}.sql`) }));
  expect(JSON.parse(await read("embedded.json"))).toEqual(await Promise.all(files));
});
