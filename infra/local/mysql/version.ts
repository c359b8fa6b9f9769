/** The oldest MySQL that is supported: the first with the row alias of INSERT … ON DUPLICATE KEY UPDATE. */
const oldest = [8, 0, 19] as const;

/**
 * Says why a MySQL-like server is not supported, or undefined when it is. Takes what `mysqld --version` prints or what
 * `SELECT VERSION()` answers.
 */
export function whyUnsupportedMysql(versionText: string): string | undefined {
  if (/mariadb/i.test(versionText)) {
    return `it is MariaDB (${shortVersion(versionText) ?? "unknown version"}), and MySQL ${oldest.join(".")} or later is needed`;
  }
  const version = shortVersion(versionText);
  if (version === undefined) {
    return `its version is not understood: "${versionText.trim()}"`;
  }
  if (compare(version.split(".").map(Number), oldest) < 0) {
    return `it is MySQL ${version}, and ${oldest.join(".")} or later is needed`;
  }
  return undefined;
}

/** The version number in such a text, as "8.0.36". MariaDB sometimes puts a false "5.5.5-" before its own. */
export function shortVersion(versionText: string): string | undefined {
  return /\d+\.\d+\.\d+/.exec(versionText.replace(/\b5\.5\.5-(?=\d)/, ""))?.[0];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}
