import { describe, expect, it } from "vitest";
import { mainArchive, parseDeb822, parseOneLine } from "./packages/apt-sources.ts";

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

describe("parseDeb822", () => {
  it("reads every URI and suite of every paragraph", () => {
    const text = `Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: ${keyring}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;
    const uri = "http://mirror.example/debian";
    expect(parseDeb822(text)).toEqual([
      { uri, suite: "bookworm", components: ["main", "contrib"], signedBy: [keyring] },
      { uri, suite: "bookworm-updates", components: ["main", "contrib"], signedBy: [keyring] },
      { uri: `${uri}-security`, suite: "bookworm-security", components: ["main"], signedBy: [] },
    ]);
  });

  it("leaves out disabled entries and those with sources only", () => {
    const entry = "URIs: http://mirror.example/debian\nSuites: sid\nComponents: main\n";
    expect(parseDeb822(`Types: deb\nEnabled: no\n${entry}\nTypes: deb-src\n${entry}`)).toEqual([]);
    expect(parseDeb822(`Types: deb deb-src\nEnabled: yes\n${entry}`)).toHaveLength(1);
  });

  it("reads lists over several lines, and takes an embedded key for no file", () => {
    const text = `types: deb
uris:
 http://one.example/debian
 http://two.example/debian
suites: trixie
components: main
signed-by:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBGPL0BUBEADmW5NdOOHwPIJlgPu6JDcKw/NZJPR8lsD3K87ZM/+/l=
 -----END PGP PUBLIC KEY BLOCK-----
`;
    const sources = parseDeb822(text);
    expect(sources.map((source) => source.uri)).toEqual(["http://one.example/debian", "http://two.example/debian"]);
    expect(sources[0]?.signedBy).toEqual([]);
  });
});

describe("parseOneLine", () => {
  it("reads options, and skips comments and sources", () => {
    const text = `# deb http://old.example/debian buster main
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=${keyring},/etc/apt/own.gpg] http://mirror.example/debian bookworm main non-free # ours
  deb http://mirror.example/debian bookworm-updates main
`;
    const uri = "http://mirror.example/debian";
    expect(parseOneLine(text)).toEqual([
      { uri, suite: "bookworm", components: ["main", "non-free"], signedBy: [keyring, "/etc/apt/own.gpg"] },
      { uri, suite: "bookworm-updates", components: ["main"], signedBy: [] },
    ]);
  });
});

describe("mainArchive", () => {
  it("passes over security, updates and archives without main", () => {
    const sources = parseOneLine(`deb http://security.example/debian-security bookworm-security main
deb http://security.example/debian-security bookworm/updates main
deb http://mirror.example/debian bookworm-updates main
deb http://other.example/tools stable contrib
deb http://mirror.example/debian bookworm main`);
    expect(mainArchive(sources)).toMatchObject({ uri: "http://mirror.example/debian", suite: "bookworm" });
    expect(mainArchive([])).toBeUndefined();
  });
});
