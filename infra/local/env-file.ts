import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** Writes settings as env lines that a shell, `node --env-file` and readEnvFile understand; only the owner can read it. */
export function writeEnvFile(path: string, settings: Record<string, string>): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${quoted(value)}`);
  writeFileSync(`${path}.new`, `${lines.join("\n")}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Reads what writeEnvFile wrote. Throws when the file is absent, which means that no system runs in that folder. */
export function readEnvFile(path: string): Record<string, string> {
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1).replace(/^'(.*)'$/, "$1")];
    }),
  );
}

/** Plain where a shell would take it as it stands, else in single quotes. */
function quoted(value: string): string {
  return /^[\w@%+=:,./?-]*$/.test(value) ? value : `'${value.replaceAll("'", "%27")}'`;
}
