/** What programs need of their surroundings. No setting of ours. */
const needed =
  /^(PATH|HOME|USER|LANG|TZ|TMPDIR|CC|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|XDG_.*|GO.*|CGO_.*|(HTTPS?|NO)_PROXY|https?_proxy)$/;

/**
 * An environment without any setting of the system: what is started with it is what its caller says, wherever that
 * runs.
 */
export function surroundings(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => needed.test(name)));
}
