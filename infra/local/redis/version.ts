/** The oldest Redis that is supported: the first with XTRIM MINID. */
const oldest = { major: 6, minor: 2 };

/**
 * Says why a Redis-like server is not supported, or undefined when it is. Takes what `redis-server --version` prints or
 * what INFO answers; Valkey tells there which Redis it equals.
 */
export function whyUnsupportedRedis(versionText: string): string | undefined {
  const match = /(?:redis_version:|\bv=)(\d+)\.(\d+)/.exec(versionText);
  if (match === null) {
    return `its version is not understood: "${versionText.trim().split("\n")[0]}"`;
  }
  const [major, minor] = [Number(match[1]), Number(match[2])];
  if (major < oldest.major || (major === oldest.major && minor < oldest.minor)) {
    return `it is version ${major}.${minor}, and ${oldest.major}.${oldest.minor} or later is needed`;
  }
  return undefined;
}
