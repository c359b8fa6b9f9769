/** What docs/extending.md tells people to write, as files for Go's `-overlay`: the sources stay as they are. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const folder = "worker-go/internal/steps";
const tableBegin = "var table = map[string]constructor{\n";

/** Writes the documented step, its test and the table with its line into the folder; answers the files by their places. */
export async function followGuide(root: string, into: string): Promise<ReadonlyMap<string, string>> {
  const guide = await readFile(join(root, "docs/extending.md"), "utf8");
  const table = await readFile(join(root, folder, "steps.go"), "utf8");
  if (table.split(tableBegin).length !== 2) throw new Error("steps.go has not one table");
  const texts = {
    "audit_file.go": codeAfter(guide, "## 1. The step"),
    "steps.go": table.replace(tableBegin, tableBegin + codeAfter(guide, "## 2. Its line in the table")),
    "audit_file_test.go": codeAfter(guide, "## 3. Its test"),
  };
  const written = new Map<string, string>();
  for (const [name, text] of Object.entries(texts)) {
    const file = join(into, name);
    await writeFile(file, text);
    written.set(join(root, folder, name), file);
  }
  return written;
}

/** Go's flags with which the module has these files; a path without spaces, as GOFLAGS has no quotes. */
export async function overlayFlags(files: ReadonlyMap<string, string>, into: string): Promise<string> {
  const overlay = join(into, "overlay.json");
  await writeFile(overlay, JSON.stringify({ Replace: Object.fromEntries(files) }));
  return `-overlay=${overlay}`;
}

/** The first block of Go code below a heading. */
function codeAfter(guide: string, heading: string): string {
  const section = guide.split(`\n${heading}\n`)[1]?.split("\n## ")[0];
  const code = section?.match(/\n```go\n([\s\S]*?\n)```\n/)?.[1];
  if (code === undefined) throw new Error(`docs/extending.md has no Go code below "${heading}"`);
  return code;
}
