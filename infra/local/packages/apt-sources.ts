/** One archive that the machine's apt is configured to use. */
export interface AptSource {
  uri: string;
  suite: string;
  components: string[];
  /** Keyring files that verify the archive; empty when the configuration names none. */
  signedBy: string[];
}

/** Parses a deb822 file, `*.sources` (sources.list(5)). Entries that are disabled or hold only sources are left out. */
export function parseDeb822(text: string): AptSource[] {
  return text
    .split(/\n(?:[ \t]*\n)+/)
    .map(fieldsOf)
    .filter((fields) => words(fields.get("types")).includes("deb") && fields.get("enabled")?.toLowerCase() !== "no")
    .flatMap((fields) =>
      words(fields.get("uris")).flatMap((uri) =>
        words(fields.get("suites")).map((suite) => ({
          uri,
          suite,
          components: words(fields.get("components")),
          // An embedded key block is no file; apt's own default keyring is used then.
          signedBy: words(fields.get("signed-by")).filter((word) => word.startsWith("/")),
        })),
      ),
    );
}

/** Parses the one-line form, `sources.list` and `*.list` (sources.list(5)). */
export function parseOneLine(text: string): AptSource[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) {
      return [];
    }
    const [, options = "", uri = "", suite = "", components = ""] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1]?.split(",") ?? [];
    return [{ uri, suite, components: words(components), signedBy: signedBy.filter((path) => path.startsWith("/")) }];
  });
}

/** The machine's own Debian archive: a suite with `main` that is neither security nor updates. */
export function mainArchive(sources: AptSource[]): AptSource | undefined {
  return sources.find((source) => source.components.includes("main") && !/[-/](security|updates)/.test(source.suite));
}

function fieldsOf(paragraph: string): Map<string, string> {
  const fields = new Map<string, string>();
  let current = "";
  for (const line of paragraph.split("\n")) {
    if (line.startsWith("#")) {
      continue;
    }
    const field = /^([^\s:]+):(.*)$/.exec(line);
    if (field !== null) {
      current = (field[1] ?? "").toLowerCase();
      fields.set(current, (field[2] ?? "").trim());
    } else if (current !== "") {
      fields.set(current, `${fields.get(current)} ${line.trim()}`.trim());
    }
  }
  return fields;
}

function words(value: string | undefined): string[] {
  return (value ?? "").split(/\s+/).filter((word) => word !== "");
}
