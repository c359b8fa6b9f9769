import { readFileSync, writeFileSync } from "node:fs";

/**
 * `npm run generate`: puts the migrations that drizzle-kit keeps as files into one JSON file that is imported, so that
 * a bundled Lambda has them in its own code.
 */
function embedMigrations(): void {
  const folder = new URL("./migrations/", import.meta.url);
  const read = (path: string) => readFileSync(new URL(path, folder), "utf8");
  const { entries } = JSON.parse(read("meta/_journal.json")) as { entries: { tag: string; when: number }[] };
  const migrations = entries.map(({ tag, when }) => ({ tag, when, sql: read(`${tag}.sql`) }));
  writeFileSync(new URL("embedded.json", folder), `${JSON.stringify(migrations, null, 2)}\n`);
}

embedMigrations();
