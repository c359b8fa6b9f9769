// Checks the licences of package-lock.json: what we depend on may be used in a work under the MIT licence, and what is
// deployed may be distributed with it. Names each package that does not fit, and ends with 1.
import { readFileSync } from "node:fs";

const permissive = new Set(
  "0BSD Apache-2.0 BlueOak-1.0.0 BSD-2-Clause BSD-3-Clause CC0-1.0 ISC MIT MIT-0 PSF-2.0 Python-2.0 Zlib".split(" "),
);
/** Asks for changes to its own files to be published: fine for tools, which we neither change nor hand on. */
const forTools = new Set([...permissive, "MPL-2.0"]);

/** Whether an SPDX expression as packages write them, "(A OR B) AND C" at most, is fulfilled by what is allowed. */
function allows(allowed, expression) {
  const parts = expression.split(" AND ").map((part) => part.replace(/[()]/g, "").split(" OR "));
  return parts.every((choices) => choices.some((licence) => allowed.has(licence.trim())));
}

const file = process.argv[2] ?? "package-lock.json";
const packages = Object.entries(JSON.parse(readFileSync(file, "utf8")).packages).filter(([path]) => path !== "");
const refused = packages.filter(
  // What is optional for something that is deployed (devOptional) is none of the tools.
  ([, { license, dev }]) => !allows(dev === true ? forTools : permissive, typeof license === "string" ? license : ""),
);
for (const [path, { license, version }] of refused) {
  process.stdout.write(`${path}@${version}: the licence ${JSON.stringify(license)} is not among those that fit\n`);
}
if (packages.length === 0) process.stdout.write(`${file} names no package\n`);
process.exitCode = refused.length > 0 || packages.length === 0 ? 1 : 0;
