/**
 * The files and folders of the build context that a Dockerfile copies, as it names them.
 *
 * @param {string} text the Dockerfile
 * @returns {string[]}
 * @throws a form of COPY or ADD that is not understood: an image must not go stale because of it
 */
export function copiedPaths(text) {
  return instructions(text).flatMap((line) => {
    const [, name, rest] = /^(COPY|ADD)\s+(.*)$/i.exec(line) ?? [];
    if (name === undefined) return [];
    const words = rest.split(/\s+/);
    const flags = words.filter((word) => word.startsWith("--"));
    if (flags.some((flag) => flag.startsWith("--from="))) return [];
    const paths = words.filter((word) => !word.startsWith("--")).slice(0, -1);
    if (paths.length === 0 || paths.some((path) => /^\[|^<<|\$|:\/\//.test(path))) {
      throw new Error(`this ${name} is not understood: ${line}`);
    }
    return paths.map((path) => path.replace(/^\.?\//, "").replace(/\/$/, "") || ".");
  });
}

/** The names of the arguments that a Dockerfile takes. */
export function argumentNames(text) {
  const names = instructions(text).flatMap((line) => /^ARG\s+(\w+)/i.exec(line)?.[1] ?? []);
  return [...new Set(names)];
}

function instructions(text) {
  return text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replace(/\\\n/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
