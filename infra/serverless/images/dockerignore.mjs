/**
 * Reads a .dockerignore.
 *
 * @param {string} text
 * @returns {(path: string) => boolean} whether a path of the build context is left out; the last line that fits decides
 */
export function readDockerignore(text) {
  const rules = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ isExcluded: !line.startsWith("!"), pattern: patternOf(line.replace(/^!/, "")) }));
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.isExcluded ?? false;
}

/** A pattern fits what it names and all below. */
function patternOf(glob) {
  const source = glob
    .replace(/^\.?\//, "")
    .replace(/\/$/, "")
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*\/|\*\*|\*|\?/g, (wildcard) => wildcards[wildcard]);
  return new RegExp(`^${source}(/.*)?$`);
}

const wildcards = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };
